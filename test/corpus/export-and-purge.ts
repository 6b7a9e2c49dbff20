import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { exportToFolder, importTenant, verifyArchive } from '@rowhouse/transfer';
import { type Deployment, HISTORY_TABLE } from './deployment.js';
import { mustBeSame, type StepLog } from './step-log.js';

interface Leaving {
  readonly slug: string;
  /** The name of the step. */
  readonly step: string;
  /** The number of rows by table that the export must have. */
  readonly rows: ReadonlyMap<string, number>;
  /** What is not as it should be after the purge. */
  afterwards(): Promise<readonly string[]>;
}

/** Purges a tenant with an export, and makes another of that; where an export is refused, purges without one. */
export async function exportAndPurge(
  { fleet }: Deployment,
  { slug, step, rows, afterwards }: Leaving,
  log: StepLog,
): Promise<void> {
  const options = { confirm: slug, beforeRetentionEnds: true };
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-corpus-'));
  try {
    const { slug: own, isolation } = await fleet.tenants.find(slug);
    let archive = '';
    const isPurged = await log.step(`${step}, exporting`, async () => {
      await fleet.tenants.delete(slug);
      const { exportedTo = '' } = await fleet.tenants.purge(slug, { ...options, exportTo: folder });
      archive = exportedTo;
      mustBeSame([...(await exportDifferences(exportedTo, rows)), ...(await afterwards())]);
      return [];
    });
    if (isPurged) {
      await log.step(`${step}, importing`, () =>
        importAndPurge(fleet, archive, { slug: own, isolation }, folder),
      );
      return;
    }
    await log.step(`${step}, without an export`, async () => {
      await fleet.tenants.purge(slug, options);
      mustBeSame(await afterwards());
      return [];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An export has each row of each table. */
async function exportDifferences(
  exportedTo: string,
  expected: ReadonlyMap<string, number>,
): Promise<string[]> {
  const { head, end } = await verifyArchive(exportedTo);
  const rest = head.tables.map(({ name }, index) => `${name}: ${end.tables[index]?.rows}`);
  return [...expected].flatMap(([name, rows]) => {
    const bare = name.slice(name.indexOf('"."') + 3, -1).replaceAll('""', '"');
    // It is in the head of the archive.
    if (bare === HISTORY_TABLE) return [];
    const at = rest.indexOf(`${bare}: ${rows}`);
    if (at < 0) return [`The export has not the ${rows} rows of ${name}.`];
    rest.splice(at, 1);
    return [];
  });
}

/** What an import makes is exported as what was imported, to the last byte. */
async function importAndPurge(
  fleet: Fleet,
  archive: string,
  { slug, isolation }: Pick<Tenant, 'slug' | 'isolation'>,
  folder: string,
): Promise<string[]> {
  const { tenant } = await importTenant(fleet, archive, { slug: `${slug}-again`, isolation });
  const again = await exportToFolder(fleet, tenant, folder);
  const [before, after] = [await verifyArchive(archive), await verifyArchive(again)];
  await fleet.tenants.delete(tenant.slug);
  await fleet.tenants.purge(tenant.slug, { confirm: tenant.slug, beforeRetentionEnds: true });
  mustBeSame(
    before.head.tables.flatMap((table, index) => {
      const place = after.head.tables.findIndex(({ name }) => name === table.name);
      const [had, has] = [before.end.tables[index], after.end.tables[place]];
      return JSON.stringify(had) === JSON.stringify(has)
        ? []
        : [`${table.name} has other rows after the import.`];
    }),
  );
  mustBeSame(
    before.end.sequences.flatMap((had) => {
      const has = after.end.sequences.find(({ name }) => name === had.name);
      return JSON.stringify(had) === JSON.stringify(has)
        ? []
        : [`The sequence ${had.name} stands elsewhere after the import.`];
    }),
  );
  return [];
}
