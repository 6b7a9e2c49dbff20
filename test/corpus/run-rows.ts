import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptAccepting } from './adopt-accepting.js';
import { adoptionOf, FIRST, poolOf } from './adopt-and-undo.js';
import { BASELINE, baselineMigration } from './baseline-migration.js';
import { differences } from './compare.js';
import { HISTORY_TABLE, openDeployment } from './deployment.js';
import { type Dump, historyStatements } from './dump.js';
import { checkTenants, exportDifferences } from './run-fleet.js';
import { rowCounts, takeSnapshot } from './snapshot.js';
import { mustBeSame, type StepLog } from './step-log.js';

/** Adopts behind policies, makes a second tenant, checks that it sees no rows, exports and purges. */
export async function runRows(dump: Dump, log: StepLog): Promise<void> {
  const deployment = await openDeployment({
    serverUrl: dump.serverUrl,
    template: dump.template,
    pool: poolOf(dump, 'row'),
    migrations: [baselineMigration([])],
    prepare: historyStatements(dump.schemas[0] ?? 'public', HISTORY_TABLE, BASELINE),
  });
  const { fleet, url, query } = deployment;
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-corpus-'));
  try {
    const isAdopted = await log.step('adopt rows, with history', async () => {
      const { accepted } = await adoptAccepting(fleet, adoptionOf(dump, 'row'), await takeSnapshot(url));
      return accepted.map((name) => `accepted: ${name}`);
    });
    if (!isAdopted)
      return log.leaveOut(['create by row', 'doctor', 'purge rows, exporting'], 'The adoption was refused.');
    await log.step('create by row', async () => {
      await fleet.tenants.create({ slug: 'other', isolation: 'row' });
      return [];
    });
    await checkTenants(deployment, [FIRST], log, { drift: false });
    const before = await takeSnapshot(url);
    const tables = await query<{ name: string }>(SECURED);
    await log.step('purge rows, exporting', async () => {
      await fleet.tenants.delete(FIRST);
      const { exportedTo = '' } = await fleet.tenants.purge(FIRST, {
        confirm: FIRST,
        exportTo: folder,
        beforeRetentionEnds: true,
      });
      mustBeSame(await exportDifferences(exportedTo, rowCounts(dump.before, dump.schemas)));
      const after = await takeSnapshot(url);
      const names = new Set(tables.map(({ name }) => name));
      const left = after.filter(
        ({ kind, name, value }) => kind === 'state of rows' && names.has(name) && !value.startsWith('0 rows'),
      );
      mustBeSame([
        ...left.map(({ name, value }) => `${name} has rows of the purged tenant: ${value}`),
        ...differences(before, after, {
          only: ({ kind, name }) => kind !== 'state of sequence' && !names.has(name),
        }),
      ]);
      return [];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await deployment.close();
  }
}

/** Tables that were given to tenants, as a snapshot names their rows. */
const SECURED = `
  select '"' || replace(n.nspname, '"', '""') || '"."' || replace(c.relname, '"', '""') || '"' as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
   where a.attname = 'tenant_id' and c.relkind in ('r', 'p') and c.relrowsecurity`;
