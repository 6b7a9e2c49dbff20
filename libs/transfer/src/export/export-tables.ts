import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Tenant } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { z } from 'zod';
import type { TransferControl } from '../control.js';
import { type TenantSource, withRowsOf } from '../source/tenant-source.js';
import { type ExportReport, reportOf } from './export-tenant.js';
import { newFile, writeWhole } from './new-file.js';
import { sqlOf } from './sql-script.js';

export const TABLE_FORMATS = ['csv', 'ndjson', 'sql'] as const;
/**
 * `csv`: a folder with a file for each table, with a header (RFC 4180). `ndjson`: the same with one JSON object a line. `sql`: one file
 * that psql runs.
 */
export type TableFormat = (typeof TABLE_FORMATS)[number];

export interface TablesControl extends TransferControl {
  readonly format: TableFormat;
}

const optionsSchema = z.object({ format: z.enum(TABLE_FORMATS) });

/**
 * Writes the rows of a tenant for people and other programs, in one snapshot, as {@link exportTenant} reads them. Rowhouse does not
 * import it again. The folder or file gets its name when it is complete, and only this user can read it.
 *
 * @param path - of a new folder, or with `sql` of a new file.
 * @throws {ExportRefusedError} as {@link exportTenant}, and when the path is there already.
 */
export async function exportTables(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  path: string,
  control: TablesControl,
): Promise<ExportReport> {
  const { format } = parseOptions('exportTables', optionsSchema, control);
  const { signal } = control;
  try {
    return await writeWhole(path, (partial) =>
      withRowsOf(fleet, tenant, signal, async (source) => {
        if (format === 'sql') return writeScript(source, partial, control);
        await mkdir(partial, { mode: 0o700 });
        return writeFolder(source, partial, format, control);
      }),
    );
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

async function writeFolder(
  source: TenantSource,
  folder: string,
  format: 'csv' | 'ndjson',
  { signal, onProgress }: TransferControl,
): Promise<ExportReport> {
  const { tables } = source.head;
  const report: { name: string; rows: number }[] = [];
  for (const [done, { name }] of tables.entries()) {
    onProgress?.({ table: name, done, total: tables.length });
    const { chunks, count } = source.rows(done, format);
    await pipeline(chunks, await newFile(join(folder, fileNameOf(name, format))), { signal });
    report.push({ name, rows: count() });
  }
  return reportOf(source, report, 0);
}

async function writeScript(
  source: TenantSource,
  file: string,
  { signal, onProgress }: TransferControl,
): Promise<ExportReport> {
  const report: { name: string; rows: number }[] = [];
  const total = source.head.tables.length;
  const script = sqlOf(source, (name) => onProgress?.({ table: name, done: report.length, total }), report);
  await pipeline(script, await newFile(file), { signal });
  return reportOf(source, report, 0);
}

/** A name of a table may have characters that a name of a file cannot have. */
function fileNameOf(table: string, format: string): string {
  return `${encodeURIComponent(table)}.${format}`;
}
