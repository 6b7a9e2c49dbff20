import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { parseWriting } from '../archive/archive-options.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { fingerprintOf } from '../archive/signature.js';
import { type ContentsOptions, companionsIn } from '../contents/companions-of.js';
import type { TransferControl } from '../control.js';
import { BackupStorageError, ExportRefusedError } from '../errors.js';
import { type ArchiveControl, type ExportReport, writeArchive } from '../export/export-tenant.js';
import type { ArchivedRecords } from '../records/archived-records.js';
import { readIncluded } from '../records/include.js';
import { digestOfContent, digestOfRows } from '../source/row-sums.js';
import { type TenantSource, withRowsOf } from '../source/tenant-source.js';
import type { BackupControl, BackupKind } from './backup.js';
import type { BackupSettings } from './backup-options.js';
import type { BackupRecords } from './backup-records.js';
import { removeFiles } from './remove-files.js';
import { type BackupStorage, storageKeyOf } from './storage/backup-storage.js';
import { Metered } from './storage/metered.js';

const GIVE_UP_MS = 5_000;

export interface BackupParts {
  readonly fleet: Fleet;
  readonly records: BackupRecords;
  readonly storage: BackupStorage;
  readonly archives: BackupSettings['archives'];
  readonly included: BackupSettings['included'];
  readonly contents: boolean;
}

/**
 * Backs a tenant up. Where nothing has changed since a former backup, the file of that one is this one's too. The caller holds the
 * tenant's lock.
 *
 * @returns the id of the backup.
 */
export async function takeBackup(
  parts: BackupParts,
  tenant: Tenant,
  kind: BackupKind,
  { id = randomUUID(), contents = parts.contents, ...control }: BackupControl,
): Promise<string> {
  const { fleet, records } = parts;
  const abandoned = await records.endAbandoned(tenant.id);
  await records.begin(id, tenant, kind);
  try {
    await removeFiles(parts, abandoned);
    await withRowsOf(fleet, tenant, control.signal, (source) =>
      writeBackup(parts, { id, tenant, source }, { ...control, contents }),
    );
    return id;
  } catch (error) {
    const reason = control.signal?.aborted ? control.signal.reason : error;
    // What is left of it where the catalog or the storage does not answer, the next backup of the tenant ends and removes.
    await records
      .fail(id, reason)
      .then((files) => removeFiles(parts, files, AbortSignal.timeout(GIVE_UP_MS)))
      .catch(() => {});
    throw reason;
  }
}

interface Running {
  readonly id: string;
  readonly tenant: Tenant;
  readonly source: TenantSource;
}

async function writeBackup(
  { fleet, records, storage, archives, included }: BackupParts,
  { id, tenant, source }: Running,
  control: TransferControl & ContentsOptions,
): Promise<void> {
  const { head } = source;
  const { companions } = fleet.deployment;
  const takenAt = new Date(head.takenAt);
  if (head.tables.length === 0 && (await records.lastTables(tenant.id)) > 0)
    throw new ExportRefusedError(
      `The tenant "${tenant.slug}" has no tables any more, and had some when it was last backed up. Its home may be lost: restore that backup. If that is as it should be, delete its former backups first.`,
    );
  control.onProgress?.({ table: 'comparing', done: 0, total: head.tables.length });
  const sums = await source.sums();
  const read = await readIncluded(included, tenant, archives.recipients);
  const content = digestOfContent(head, sums, await source.sequences(), {
    keys: publicKeysIn(archives),
    records: read.revision,
    companions: companionsIn(companions, head.tables, control),
  });
  const same = await records.fileWith(tenant.id, content);
  if (same && (await storage.sizeOf(same.key)) === same.bytes) {
    const rows = sums.reduce((total, sum) => total + Number(sum.rows), 0);
    return records.completeWithSameFile(id, same.id, { takenAt, tables: head.tables.length, rows });
  }
  const file = { id: randomUUID(), tenantId: tenant.id };
  const key = storageKeyOf(tenant, takenAt, file.id);
  await records.beginFile(id, { ...file, key });
  const { report, bytes, sha256 } = await store(
    { storage, archives },
    key,
    { source, records: read.records },
    { ...control, companions },
  );
  await records.completeWithNewFile(
    id,
    file.id,
    {
      bytes,
      sha256,
      content: isWhole(report) ? content : lacking(content, file.id),
      rowSums: digestOfRows(head.tables, sums),
    },
    { takenAt, tables: report.tables.length, rows: report.rows },
  );
}

/** Contents that were not there may be back another time, when no row has changed: the next backup takes no file that lacks some. */
const isWhole = ({ contents }: ExportReport) => contents.every(({ missing }) => missing === 0);
const lacking = (content: Buffer, fileId: string) =>
  createHash('sha256').update(content).update(fileId).digest();

/** For whom a file is encrypted, and whose signature it has: with other keys, it is another file. */
function publicKeysIn(archives: BackupParts['archives']): readonly string[] {
  const { recipients = [], signWith } = parseWriting(archives);
  return [...recipients, ...(signWith ? [fingerprintOf(createPublicKey(signWith))] : [])];
}

/** Streams an archive into the storage. */
async function store(
  { storage, archives }: Pick<BackupParts, 'storage' | 'archives'>,
  key: string,
  { source, records }: { readonly source: TenantSource; readonly records: ArchivedRecords },
  control: ArchiveControl,
): Promise<{ readonly report: ExportReport; readonly bytes: number; readonly sha256: Buffer }> {
  const passed = new Metered();
  // A small archive is written to its end before a storage fails, and then nobody else listens.
  passed.on('error', () => {});
  const stored = storage.write(key, passed, control.signal).catch((error) => {
    passed.destroy(error);
    throw error;
  });
  // Until it is awaited, the writer that fails with it reports it.
  stored.catch(() => {});
  const writer = await ArchiveWriter.open(passed, control.signal, archives);
  let report: ExportReport;
  try {
    report = await writeArchive(source, records, writer, control);
  } catch (error) {
    const isOfStorage = passed.destroyed;
    await writer.abandon(error);
    const reason = await failureOf(stored);
    throw isOfStorage && reason ? reason : error;
  }
  await stored;
  const { bytes } = passed;
  const size = await storage.sizeOf(key);
  if (size !== bytes)
    throw new BackupStorageError(
      `The storage of backups was given ${bytes} bytes, and has ${size ?? 'none'} of them.`,
    );
  return { report, bytes, sha256: passed.sha256() };
}

/** Of a write whose source was destroyed. A storage that does not notice is not waited for: a prune finds what it may have kept. */
async function failureOf(stored: Promise<void>): Promise<unknown> {
  const over = new AbortController();
  const waited = delay(GIVE_UP_MS, undefined, { signal: over.signal }).catch(() => {});
  const reason = await Promise.race([
    stored.then(
      () => undefined,
      (error: unknown) => error,
    ),
    waited,
  ]);
  over.abort();
  return reason;
}
