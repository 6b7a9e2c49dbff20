import pg from 'pg';
import { adoptAccepting } from './adopt-accepting.js';
import { adoptionOf, FIRST, poolOf } from './adopt-and-undo.js';
import { BASELINE, baselineMigration } from './baseline-migration.js';
import { differences } from './compare.js';
import { type Deployment, HISTORY_TABLE, openDeployment } from './deployment.js';
import { type Dump, historyStatements } from './dump.js';
import { exportAndPurge } from './export-and-purge.js';
import { examinationOf } from './run-fleet.js';
import { constraintsBetween, remediesFor } from './second-tenant-rows.js';
import { rowCounts, takeSnapshot } from './snapshot.js';
import { DifferenceError, mustBeSame, type StepLog } from './step-log.js';

const { escapeIdentifier: quote } = pg;

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
  try {
    let warnings: readonly string[] = [];
    const isAdopted = await log.step('adopt rows, with history', async () => {
      const adopted = await adoptAccepting(fleet, adoptionOf(dump, 'row'));
      warnings = adopted.report.warnings;
      return adopted.accepted.map((name) => `accepted: ${name}`);
    });
    if (!isAdopted)
      return log.leaveOut(
        ['create by row', 'the same rows for two tenants', 'doctor of rows', 'purge rows, exporting'],
        'Nothing was adopted.',
      );
    const isMade = await log.step('create by row', async () => {
      await fleet.tenants.create({ slug: 'other', isolation: 'row' });
      return [];
    });
    if (isMade)
      await log.step('the same rows for two tenants', () => followRemedies(deployment, dump, warnings));
    await log.step('doctor of rows', () => examinationOf(deployment));
    const before = await takeSnapshot(url);
    const tables = await query<{ name: string }>(SECURED);
    const afterwards = async () => {
      const after = await takeSnapshot(url);
      const names = new Set(tables.map(({ name }) => name));
      const left = after.filter(
        ({ kind, name, value }) => kind === 'state of rows' && names.has(name) && !value.startsWith('0 rows'),
      );
      return [
        ...left.map(({ name, value }) => `${name} has rows of the purged tenant: ${value}`),
        ...differences(before, after, {
          only: ({ kind, name }) => kind !== 'state of sequence' && !names.has(name),
        }),
      ];
    };
    const rows = rowCounts(dump.before, dump.schemas);
    await exportAndPurge(deployment, { slug: FIRST, step: 'purge rows', rows, afterwards }, log);
  } finally {
    await deployment.close();
  }
}

/** What keeps a second tenant from having the rows of the first is named by the adoption, with a statement that ends it. */
async function followRemedies(
  { fleet, url, query }: Deployment,
  { schemas, extensionSchemas }: Dump,
  warnings: readonly string[],
): Promise<string[]> {
  const [first, other] = [await fleet.tenants.find(FIRST), await fleet.tenants.find('other')];
  const done: string[] = [];
  const path = [...schemas, ...extensionSchemas, 'public'].map(quote).join(', ');
  const inTheWay = () => constraintsBetween(url, first.id, other.id);
  const isNamed = (name: string) => warnings.some((warning) => warning.includes(name));
  for (let found = await inTheWay(); found.length > 0; found = await inTheWay()) {
    const remedies = remediesFor(found, warnings).filter((text) => !done.includes(text));
    if (remedies.length === 0)
      throw new DifferenceError(
        found.map(
          (name) =>
            `${name} is unique over all tenants, ${isNamed(name) ? 'after the remedy, too' : 'and the adoption did not warn of it'}.`,
        ),
      );
    for (const remedy of remedies)
      await query(`set search_path = ${path}; ${remedy}`).catch((error) =>
        mustBeSame([`The remedy failed: ${error.message}: ${remedy}`]),
      );
    done.push(...remedies);
  }
  return done.map((remedy) => `done as warned: ${remedy}`);
}

/** Tables that were given to tenants, as a snapshot names their rows. */
const SECURED = `
  select '"' || replace(n.nspname, '"', '""') || '"."' || replace(c.relname, '"', '""') || '"' as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
   where a.attname = 'tenant_id' and c.relkind in ('r', 'p') and c.relrowsecurity`;
