import { PassThrough } from 'node:stream';
import { type Tenant, TenantConflictError } from '@rowhouse/core';
import {
  type ExportReport,
  estimateRows,
  exportTenant,
  type RecordKind,
  type TransferProgress,
} from '@rowhouse/transfer';
import { z } from 'zod';
import type { OperationControl } from '../../operations/operation.js';
import { contents } from '../contents.js';
import { INCLUDE_DESCRIPTION, include, requireDeclared } from '../include.js';
import { ExportNotFoundError } from '../transfer-errors.js';
import type { TransferKind, TransferParts } from '../transfer-kind.js';
import type { Export } from './exports.js';

/** Their tables are not whole. */
const UNFINISHED = ['provisioning', 'failed', 'deleting'];

/** How an export ended. The archive has the id of the operation. */
export interface ExportResult {
  readonly exportId: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly tables: Export['tables'];
  /** `null` where a process wrote it that was gone before it could say so; likewise below. */
  readonly records: readonly RecordKind[] | null;
  /** Secret settings, as dotted paths: no archive of a server is encrypted. */
  readonly secretsLeftOut: readonly string[] | null;
  /** Contents that rows name, such as files, and whether the archive has them. */
  readonly contents: ExportReport['contents'] | null;
}

const exportBody = z
  .strictObject({ include: include.default([]).describe(INCLUDE_DESCRIPTION), contents })
  .prefault({});
type ExportBody = z.output<typeof exportBody>;

/** Writes all rows of a tenant to an archive. */
export const exportKind: TransferKind<ExportBody> = {
  name: 'export',
  route: 'exports',
  summary:
    'Writes all rows of a tenant to an archive, and what is included. The archive has the id of the operation.',
  body: exportBody,
  prepare: (parts, { slug, status }, body) => {
    requireDeclared(parts, body.include);
    if (UNFINISHED.includes(status))
      throw new TenantConflictError(`The tenant "${slug}" is ${status}, so it cannot be exported.`);
    return body;
  },
  run,
  cancel: async (parts, _, __, { id, by }) => {
    await parts.exports.remove(id, by).catch(unlessMissing);
    await clear(parts, id);
  },
};

async function run(
  parts: TransferParts,
  tenant: Tenant,
  { include, contents }: ExportBody,
  control: OperationControl,
): Promise<ExportResult> {
  const { fleet, files, exports, records, archives } = parts;
  const { id, by, signal, isResumed } = control;
  if (isResumed) {
    const kept = await exports.find(id).catch(unlessMissing);
    if (kept) return resultOf(kept);
    await clear(parts, id);
  }
  const progress = reporting(await estimateRows(fleet, tenant), control);
  const archive = new PassThrough();
  const written = files.write('export', id, archive, { signal, onBytes: progress.bytes });
  const exported = exportTenant(fleet, tenant, archive, {
    signal,
    onProgress: progress.rows,
    signWith: archives.signWith,
    include,
    records,
    contents,
  });
  // The first of them to fail says why; neither goes on when this has ended.
  const [file, report] = await Promise.all([written, exported]).finally(() =>
    Promise.allSettled([written, exported]),
  );
  progress.done(report.rows);
  return resultOf(await exports.keep(id, tenant, file, report.tables, by), report);
}

/** Removes what a process that is gone has left. */
async function clear({ files }: TransferParts, id: string): Promise<void> {
  await files.removePartial('export', id);
  await files.remove('export', id);
}

/** @param estimate - of the rows. Where there are more, the total grows. */
function reporting(estimate: number, { onStep, onProgress }: OperationControl) {
  let bytes = 0;
  let table: string | undefined;
  return {
    bytes: (written: number) => {
      bytes = written;
    },
    rows: ({ table: item, rows = 0 }: TransferProgress) => {
      if (table === undefined) onStep('rows');
      table = item;
      onProgress({ done: rows, total: Math.max(estimate, rows + 1), unit: 'rows', item, bytes });
    },
    done: (rows: number) => onProgress({ done: rows, total: rows, unit: 'rows', bytes }),
  };
}

function resultOf(
  { id, sizeBytes, sha256, rows, tables }: Export,
  report?: Pick<ExportReport, 'records' | 'secretsLeftOut' | 'contents'>,
): ExportResult {
  const { records = null, secretsLeftOut = null, contents = null } = report ?? {};
  return { exportId: id, sizeBytes, sha256, rows, tables, records, secretsLeftOut, contents };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof ExportNotFoundError)) throw error;
}
