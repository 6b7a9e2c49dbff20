import { randomBytes } from 'node:crypto';
import type { Catalog, Tenant } from '@rowhouse/core';
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
import { ImportRefusedError } from '../errors.js';
import { matchTables } from '../home/match-tables.js';
import { referencesOf, withReferred } from '../home/references.js';
import type { HomeTable } from '../home/tables.js';
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
  const target = { to, options, records };
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
  { to, options, records }: Target,
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
  const merged = await mergeStream(deployment, to, history, source, streamed, options, control, {
    finish: (client, done) =>
      commitAudited(
        deployment,
        { action: 'rows.imported', to, onConflict, merged: done, by: control.by, also: records && write },
        () => client.query('commit'),
      ),
  });
  if (dryRun && records) await tryOut(deployment.catalog, write);
  return { ...reportOf(merged, dryRun), records: written };
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
        await fillHome(fleet.deployment, made, source, { ...control, signal });
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
