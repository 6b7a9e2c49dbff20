import { randomBytes } from 'node:crypto';
import type { Catalog, Tenant, TenantCompanion } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type pg from 'pg';
import type { ArchiveFile } from '../archive/archive-file.js';
import type { ArchiveHead } from '../archive/archive-format.js';
import type { ArchiveReading } from '../archive/archive-options.js';
import { type VerifiedArchive, verifyArchive } from '../archive/read-archive.js';
import { removeScratch } from '../backups/prove-backup.js';
import { commitAudited } from '../between/audited-commit.js';
import {
  type CopyControl,
  type CopyOptions,
  type ParsedCopyOptions,
  parseCopyOptions,
} from '../between/copy-options.js';
import { mergeStream, type StreamedTable } from '../between/merge-stream.js';
import { chosenOf, homeTablesOf, requireAboveTenants, requireInService } from '../between/plan.js';
import { reportOf, type TransferReport } from '../between/transfer-report.js';
import { withRetries } from '../between/with-retries.js';
import { CarriedContents } from '../contents/carried-contents.js';
import { takersOf } from '../contents/companions-of.js';
import { type ContentsReport, notIncluded } from '../contents/contents-report.js';
import { loadContents } from '../contents/load-contents.js';
import { ImportRefusedError } from '../errors.js';
import { matchTables } from '../home/match-tables.js';
import { referencesOf, withReferred } from '../home/references.js';
import type { HomeTable } from '../home/tables.js';
import { type MergeTable, stageOf } from '../merge/merge-table.js';
import { type IncludeOptions, parseInclude, prepareIncluded } from '../records/include.js';
import type { PreparedRecords, WrittenRecords } from '../records/tenant-records.js';
import { withRowsOfArchive } from '../source/archive-source.js';
import { passingOver } from '../source/passing-over.js';
import type { RowSource } from '../source/row-source.js';
import { withRowsOf } from '../source/tenant-source.js';
import { fillHome } from './fill-home.js';
import { requireKnownHistory, tenantOf } from './import-tenant.js';
import { refusalOf } from './rows-refused.js';

export interface ImportIntoControl extends CopyControl, ArchiveReading, IncludeOptions {}

export interface ImportIntoReport extends TransferReport {
  /** What became of the records that were included. */
  readonly records: readonly WrittenRecords[];
}

/**
 * Writes the rows of an archive to a tenant that is there, and may be serving requests: all or nothing. An archive with fewer
 * migrations than the tenant is first made a tenant of its own, which is migrated, read and removed; that one never becomes active.
 *
 * @param file - a path, or a function that opens the archive.
 * @param slugOrId - of the tenant.
 * @throws {ArchiveInvalidError} when the file is no whole archive.
 * @throws {ArchiveEncryptedError} when it is encrypted, and no identity opens it.
 * @throws {ArchiveUntrustedError} when trusted keys were given, and none of them has signed it.
 * @throws {ImportRefusedError} when the archive does not fit the tenant.
 * @throws {TransferConflictError} for keys that are there, as `onConflict` says.
 */
export async function importInto(
  fleet: Fleet,
  file: ArchiveFile,
  slugOrId: string,
  given: CopyOptions = {},
  control: ImportIntoControl = {},
): Promise<ImportIntoReport> {
  requireAboveTenants();
  const options = parseCopyOptions('importInto', given, control.by);
  const to = await fleet.tenants.find(slugOrId);
  requireInService(to);
  const included = parseInclude(control);
  const archive = await verifyArchive(file, control.signal, control);
  const { history } = await homeTablesOf(fleet.deployment, to);
  requireNoNewer(fleet, archive.head, to, history);
  const records = await prepareIncluded(included, archive, to);
  const takers = takersOf(fleet.deployment.companions, archive.head, control);
  const target = { to, options, records, takers };
  const isOlder = history.some((name) => !archive.head.history.includes(name));
  try {
    const report = isOlder
      ? await importOlder(fleet, file, archive, target, control)
      : await withRetries(control.signal, () => importSame(fleet, file, archive, target, control));
    if (!options.dryRun) records?.written(to);
    return report;
  } catch (error) {
    throw refusalOf(error);
  }
}

interface Target {
  readonly to: Tenant;
  readonly options: ParsedCopyOptions;
  readonly records: PreparedRecords | undefined;
  /** Take the contents of the archive. */
  readonly takers: readonly TenantCompanion[];
}

function importSame(
  fleet: Fleet,
  file: ArchiveFile,
  archive: VerifiedArchive,
  target: Target,
  control: ImportIntoControl,
): Promise<ImportIntoReport> {
  return withRowsOfArchive(file, archive, control, (source) =>
    importRows(fleet, passingOver(source), target, control),
  );
}

async function importRows(
  { deployment }: Pick<Fleet, 'deployment'>,
  source: RowSource,
  { to, options, records, takers }: Target,
  control: CopyControl,
): Promise<ImportIntoReport> {
  const { onConflict, dryRun } = options;
  const { history, tables } = await homeTablesOf(deployment, to);
  const references = await referencesOf(await deployment.registry.directPoolFor(to), tables);
  const streamed = streamedOf(source.head, tables, options, references);
  let written: readonly WrittenRecords[] = [];
  const write = async (client: pg.PoolClient) => {
    written = (await records?.write(client, to, { onConflict, by: control.by })) ?? [];
  };
  const carriers = options.dryRun
    ? []
    : takers.filter(({ table }) => streamed.some(({ target }) => target.name === table));
  const contents = new CarriedContents(deployment, carriers, to);
  const missing = new Map<string, number>();
  const merging = mergeStream(deployment, to, history, source, streamed, options, control, {
    onStaged: async (client, merging) => {
      const own = (companion: TenantCompanion) =>
        merging.find(({ target }) => target.name === companion.table) as MergeTable;
      const loaded = await loadContents(source, carriers, {
        client,
        tableOf: (companion) => stagedTable(own(companion)),
        write: async (companion, ...content) => {
          const isWritten = await contents.write(client, own(companion).target, companion, ...content);
          return isWritten || onConflict === 'overwrite';
        },
      });
      for (const { name, missing: lost } of loaded) missing.set(name, lost);
    },
    finish: (client, done) => {
      contents.requireKeysKept(done);
      return commitAudited(
        deployment,
        { action: 'rows.imported', to, onConflict, merged: done, by: control.by, also: records && write },
        () => client.query('commit'),
      );
    },
  });
  const merged = await merging.catch(async (error: unknown) => {
    await contents.undo();
    throw error;
  });
  if (dryRun && records) await tryOut(deployment.catalog, write);
  const reports = contents.reports.map((one) => ({ ...one, missing: missing.get(one.name) ?? 0 }));
  const left = dryRun ? [] : leftBehind(source.head, carriers, streamed);
  return { ...reportOf(merged, dryRun, [...reports, ...left]), records: written };
}

/** What rows of the archive name that go without it. */
function leftBehind(
  { companions = [] }: ArchiveHead,
  carriers: readonly TenantCompanion[],
  streamed: readonly StreamedTable[],
): readonly ContentsReport[] {
  return companions
    .filter(({ name }) => !carriers.some((one) => one.name === name))
    .filter(({ table }) => streamed.some(({ target }) => target.name === table))
    .map(({ name }) => notIncluded(name));
}

/** The temporary table with the rows that came. */
function stagedTable(table: MergeTable): HomeTable {
  const [schema = '', name = ''] = stageOf(table).split('.');
  return { ...table.target, schema, name };
}

class TriedOut extends Error {}

/** Does what is asked, and takes it back. */
async function tryOut(catalog: Catalog, work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
  const tried = catalog.transaction(async (client) => {
    await work(client);
    throw new TriedOut();
  });
  await tried.catch((error: unknown) => {
    if (!(error instanceof TriedOut)) throw error;
  });
}

/** In the order of the archive. @throws {ImportRefusedError} */
function streamedOf(
  { tables: archived }: ArchiveHead,
  present: readonly HomeTable[],
  { tables, withDependencies }: ParsedCopyOptions,
  references: Parameters<typeof withReferred>[1],
): readonly StreamedTable[] {
  const chosen = [...chosenOf(archived, tables)].map((index) => archived[index]?.name);
  const indexes = [...present.keys()].filter((index) => chosen.includes(present[index]?.name));
  const taken = withDependencies ? withReferred(indexes, references) : new Set(indexes);
  const names = new Set([...chosen, ...[...taken].map((index) => present[index]?.name)]);
  const found = archived.flatMap((table, index) => (names.has(table.name) ? [{ table, index }] : []));
  const { targets, problems } = matchTables(
    found.map(({ table }) => table),
    present,
  );
  if (problems.length > 0)
    throw new ImportRefusedError(
      `The tables of the tenant are not those of the archive: ${problems.slice(0, 20).join('; ')}.`,
    );
  return found.map(({ index }, at) => ({ index, target: targets[at] as HomeTable }));
}

/** The rows are there, and the tenant that brought them forward ends here. */
class Imported extends Error {}

/** The tenant that brings the rows forward never becomes active: it serves no request, and `repair` removes what a crash leaves. */
async function importOlder(
  fleet: Fleet,
  file: ArchiveFile,
  archive: VerifiedArchive,
  target: Target,
  control: ImportIntoControl,
): Promise<ImportIntoReport> {
  const { to } = target;
  const { head } = archive;
  requireKnownHistory(fleet, head);
  const slug = `import-${randomBytes(6).toString('hex')}`;
  const scratch = tenantOf(head, {
    slug,
    name: `Archive for ${to.slug}`,
    isolation: 'schema',
    plan: to.plan,
    metadata: { importInto: to.slug },
  });
  let report: ImportIntoReport | undefined;
  const migrated = async (made: Tenant, signal: AbortSignal | undefined) => {
    report = await withRetries(signal, () =>
      withRowsOf(fleet, made, signal, (source) => importRows(fleet, source, target, { ...control, signal })),
    );
    throw new Imported();
  };
  try {
    await withRowsOfArchive(file, archive, control, (source) => {
      const fill = async (made: Tenant, signal: AbortSignal | undefined) => {
        await fillHome(fleet.deployment, made, source, { ...control, signal, takers: target.takers });
      };
      const contents = { history: head.history, fill, migrated };
      return fleet.tenants.createFrom(contents, scratch, { by: control.by, signal: control.signal });
    });
  } catch (error) {
    if (!(error instanceof Imported)) throw error;
  } finally {
    await removeScratch(fleet, slug);
  }
  return report as ImportIntoReport;
}

/** @throws {ImportRefusedError} when the rows have had migrations that the tenant's have not. */
function requireNoNewer(fleet: Fleet, head: ArchiveHead, { slug }: Tenant, history: readonly string[]): void {
  const newer = head.history.filter((name) => !history.includes(name));
  requireKnownHistory(fleet, { history: newer });
  if (newer.length > 0)
    throw new ImportRefusedError(
      `The archive has had migrations that the tenant "${slug}" has not: ${newer.join(', ')}. Migrate the tenant first.`,
    );
}
