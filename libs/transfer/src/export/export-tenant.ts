import type { Writable } from 'node:stream';
import type { Tenant, TenantCompanion } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { ARCHIVE_FORMAT, type ArchiveHead } from '../archive/archive-format.js';
import type { ArchiveWriting } from '../archive/archive-options.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { type ContentsOptions, companionsIn } from '../contents/companions-of.js';
import { ContentsCount, type ContentsReport, notIncluded } from '../contents/contents-report.js';
import type { TransferControl } from '../control.js';
import { type ArchivedRecords, kindsIn, type RecordKind } from '../records/archived-records.js';
import { type IncludeOptions, parseInclude, readIncluded } from '../records/include.js';
import { type TenantSource, withRowsOf } from '../source/tenant-source.js';

export interface ExportControl extends TransferControl, ArchiveWriting, IncludeOptions, ContentsOptions {}

export interface ExportReport {
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: number;
  /** Large objects that are written: those that rows name in columns which are declared for it. */
  readonly largeObjects: number;
  /** What became of the contents that rows name, such as files: those that are not included, too. */
  readonly contents: readonly ContentsReport[];
  /** Those that were included. */
  readonly records: readonly RecordKind[];
  /** Secret settings that are left out, as dotted paths: the archive is not encrypted, or they cannot be decrypted. */
  readonly secretsLeftOut: readonly string[];
  /** Large objects that the tenant owns, and that are left out. */
  readonly largeObjectsLeftOut: number;
}

/**
 * Writes all rows of a tenant to one stream, in the format of docs/archive-format.md. They are read in one snapshot and as the tenant:
 * the app may write meanwhile, and no rows of other tenants can be among them. Memory does not grow with the rows. Records that are
 * included are read at one moment of the catalog, right after that of the rows.
 *
 * @param destination - is ended; after an error it is destroyed, and what it has holds no whole archive.
 * @throws {OptionsInvalidError} for what is no key, or a compression that this Node does not have.
 * @throws {OptionsInvalidError} when records are included that the app does not have.
 * @throws {ExportRefusedError} when policies of the application would hide rows, two tables have the same name, or rows name large
 *   objects that cannot be carried.
 */
export async function exportTenant(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  destination: Writable,
  control: ExportControl = {},
): Promise<ExportReport> {
  const { signal, recipients } = control;
  const writer = await ArchiveWriter.open(destination, signal, control);
  try {
    const included = parseInclude(control);
    return await withRowsOf(fleet, tenant, signal, async (source) => {
      const { records } = await readIncluded(included, tenant, recipients);
      return writeArchive(source, records, writer, { ...control, companions: fleet.deployment.companions });
    });
  } catch (error) {
    await writer.abandon(error);
    throw signal?.aborted ? signal.reason : error;
  }
}

export interface ArchiveControl extends TransferControl, ContentsOptions {
  readonly companions: readonly TenantCompanion[];
}

/** Writes records, the rows of a source and the contents that they name, and ends the archive. */
export async function writeArchive(
  source: TenantSource,
  records: ArchivedRecords,
  writer: ArchiveWriter,
  { onProgress, companions, contents }: ArchiveControl,
): Promise<ExportReport> {
  const { tables } = source.head;
  await source.requireCarried();
  const named = companionsIn(companions, tables, { contents });
  await writer.writeHead(headWith(source.head, named));
  await writer.writeRecords(records);
  const report: { name: string; rows: number }[] = [];
  const total = tables.length;
  let rows = 0;
  for (const [done, { name }] of tables.entries()) {
    onProgress?.({ table: name, done, total, rows });
    const { chunks, count } = source.rows(done);
    // Each byte is looked at for it.
    const counted = onProgress
      ? countingRows(chunks, (read) => {
          rows += read;
          onProgress({ table: name, done, total, rows });
        })
      : chunks;
    await writer.writeTable(counted, count);
    report.push({ name, rows: count() });
  }
  const objects = await source.namedObjects();
  if (objects.length > 0) {
    onProgress?.({ table: 'large objects', done: total, total, rows });
    await writer.writeLargeObjects(source.largeObjects(objects), objects.length);
  }
  const contentsReports: ContentsReport[] = [];
  for (const { name, isIncluded } of named) {
    const count = new ContentsCount(name);
    if (isIncluded) {
      onProgress?.({ table: name, done: total, total, rows });
      await writer.writeContents(name, source.contents(name, count), () => count);
    }
    contentsReports.push(isIncluded ? count.report : notIncluded(name));
  }
  onProgress?.({ table: 'sequences', done: total, total, rows });
  await writer.finish(await source.sequences());
  return {
    ...reportOf(source, report, objects.length),
    contents: contentsReports,
    records: kindsIn(records),
    secretsLeftOut: records.settings?.leftOut ?? [],
  };
}

function headWith(head: ArchiveHead, companions: NonNullable<ArchiveHead['companions']>): ArchiveHead {
  return companions.length === 0 ? head : { ...head, format: ARCHIVE_FORMAT, companions };
}

/** @param largeObjects - how many were written. */
export function reportOf(
  source: Pick<TenantSource, 'ownedObjects'>,
  tables: ExportReport['tables'],
  largeObjects: number,
): ExportReport {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  return {
    tables,
    rows,
    largeObjects,
    largeObjectsLeftOut: source.ownedObjects - largeObjects,
    contents: [],
    records: [],
    secretsLeftOut: [],
  };
}

const NEWLINE = 10;

/** In COPY's text format each row, and nothing else, ends with a newline. */
async function* countingRows(
  chunks: AsyncIterable<Buffer>,
  onRows: (rows: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    let rows = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
    onRows(rows);
    yield chunk;
  }
}
