import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from './deployment.js';
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

/** Purges a tenant with an export; where that is refused, without one. */
export async function exportAndPurge(
  { fleet }: Deployment,
  { slug, step, rows, afterwards }: Leaving,
  log: StepLog,
): Promise<void> {
  const options = { confirm: slug, beforeRetentionEnds: true };
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-corpus-'));
  try {
    const isPurged = await log.step(`${step}, exporting`, async () => {
      await fleet.tenants.delete(slug);
      const { exportedTo = '' } = await fleet.tenants.purge(slug, { ...options, exportTo: folder });
      mustBeSame([...(await exportDifferences(exportedTo, rows)), ...(await afterwards())]);
      return [];
    });
    if (isPurged) return;
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
  const manifest = JSON.parse(await readFile(join(exportedTo, 'manifest.json'), 'utf8')) as {
    readonly tables: readonly { readonly name: string; readonly rows: number }[];
  };
  const rest = manifest.tables.map(({ name, rows }) => `${name}: ${rows}`);
  return [...expected].flatMap(([name, rows]) => {
    const bare = name.slice(name.indexOf('"."') + 3, -1).replaceAll('""', '"');
    const at = rest.indexOf(`${bare}: ${rows}`);
    if (at < 0) return [`The export has not the ${rows} rows of ${name}.`];
    rest.splice(at, 1);
    return [];
  });
}
