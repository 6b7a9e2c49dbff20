import { type Actor, OptionsInvalidError, type Tenant, TenantContext } from '@rowhouse/core';
import { auditStatement, lockKeyOf, messageOf, requireActor, whileHeld } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { TransferControl } from '../control.js';
import { BackupConflictError, BackupNotFoundError, ImportRefusedError } from '../errors.js';
import {
  type ImportControl,
  type ImportedTenant,
  type ImportReport,
  importIncluding,
} from '../import/import-tenant.js';
import { slugAt } from '../import/slug-at.js';
import { parseInclude } from '../records/include.js';
import { storageOf } from '../storage/storage-options.js';
import type { Backup, BackupControl, BackupKind, BackupListOptions, BackupPage } from './backup.js';
import { type BackupOptions, type BackupSettings, parseBackupOptions } from './backup-options.js';
import { BackupRecords } from './backup-records.js';
import { type BackupStatusListing, backupStatuses, type TenantBackupStatus } from './backup-status.js';
import { proveBackup } from './prove-backup.js';
import { type PruneReport, pruneBackups } from './prune-backups.js';
import { removeFiles } from './remove-files.js';
import { BackupStorage } from './storage/backup-storage.js';
import { type BackupParts, takeBackup } from './take-backup.js';
import { verifyFile } from './verify-file.js';

const MAX_LIMIT = 1_000;

export interface PruneOptions {
  /**
   * Removes files of the storage that the catalog does not know. Default false: after an older catalog was put back, they are backups
   * that nothing else has.
   */
  readonly unknownFiles?: boolean;
}

/**
 * Backups of tenants, in a storage of their own, and new tenants made of them.
 *
 *     const backups = new TenantBackups(fleet, { storage: '/var/backups/shop' });
 *     const { id } = await backups.backup(await fleet.tenants.find('acme'));
 *     await backups.restore(id, { slug: 'acme-before' });
 */
export class TenantBackups {
  /** @internal For the packages of Rowhouse. */
  readonly settings: BackupSettings;
  /** @internal For the packages of Rowhouse. */
  readonly parts: BackupParts;

  /** @throws {OptionsInvalidError} naming each wrong option. */
  constructor(fleet: Fleet, options: BackupOptions) {
    this.settings = parseBackupOptions(options);
    const { storage, archives, included, contents } = this.settings;
    this.parts = {
      fleet,
      records: new BackupRecords(fleet.deployment.catalog),
      storage: new BackupStorage(storageOf(storage)),
      archives,
      included,
      contents,
    };
  }

  /**
   * Backs a tenant up. It is listed as complete when the storage has all of it. Where nothing has changed since a former backup, no
   * second file is written.
   *
   * @param kind - Default `manual`: it stays until it is deleted, and stands in the audit trail.
   * @throws {BackupConflictError} while another backup of the tenant is made.
   * @throws {BackupStorageError} when the storage cannot be written. Nothing of it is left.
   * @throws {ExportRefusedError} as {@link exportTenant}.
   */
  async backup(
    tenant: Tenant,
    { by, ...control }: BackupControl = {},
    kind: BackupKind = 'manual',
  ): Promise<Backup> {
    refuseUnderEntry();
    requireActor(by);
    const id = await this.#whileAlone(tenant.id, (lost) =>
      takeBackup(this.parts, tenant, kind, whileHeld(control, lost)),
    );
    const backup = await this.parts.records.find(id);
    if (kind === 'manual') await this.parts.fleet.deployment.catalog.run([creationOf(backup, by)]);
    return backup;
  }

  /** @throws {OptionsInvalidError} when the cursor or the limit is none. */
  async list({ tenant, limit = 100, cursor }: BackupListOptions = {}): Promise<BackupPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
      throw listOptionInvalid('limit', `expected an integer from 1 to ${MAX_LIMIT}`);
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const tenantId = tenant === undefined ? undefined : await this.parts.records.tenantIdOf(tenant);
    if (tenant !== undefined && tenantId === undefined) return { backups: [], next: undefined };
    const found = await this.parts.records.list(tenantId, limit + 1, after);
    const backups = found.slice(0, limit);
    const last = backups.at(-1);
    return { backups, next: last && found.length > limit ? encodeCursor(last) : undefined };
  }

  /** How the backups of each tenant stand that is not deleted: those that failed come first. */
  statuses(listing: BackupStatusListing): Promise<readonly TenantBackupStatus[]> {
    return backupStatuses(this.parts.fleet.deployment.catalog, this.settings, listing);
  }

  /** @throws {BackupNotFoundError} */
  find(id: string): Promise<Backup> {
    return this.parts.records.find(id);
  }

  /**
   * Reads the file of a backup and compares it with what was written.
   *
   * @throws {BackupDamagedError} when it is missing or differs; the backup is listed as damaged from then on.
   */
  async verify(id: string, { signal }: Pick<TransferControl, 'signal'> = {}): Promise<Backup> {
    await verifyFile(this.parts, await this.parts.records.findStored(id), signal);
    return this.find(id);
  }

  /**
   * Proves that a backup can be restored: into a tenant that serves no request, is compared with what was backed up, and is removed. The
   * backup says when it was proven, or why it could not be.
   *
   * @throws {BackupDamagedError} when it cannot be read, or has other rows.
   * @throws {ImportRefusedError} as a restore.
   * @throws {BackupConflictError} while another process proves it.
   */
  async prove(id: string, control: TransferControl = {}): Promise<Backup> {
    refuseUnderEntry();
    const { records } = this.parts;
    const backup = await records.findStored(id);
    await this.#whileAlone(backup.fileId, async (lost) => {
      const held = whileHeld(control, lost);
      try {
        await verifyFile(this.parts, backup, held.signal);
        await proveBackup(this.parts, await records.file(backup.fileId), held);
      } catch (error) {
        if (!held.signal?.aborted) await records.setProof(backup.fileId, messageOf(error));
        throw error;
      }
      await records.setProof(backup.fileId, undefined);
    });
    return this.find(id);
  }

  /**
   * Deletes a backup, and its file unless another backup is in it.
   *
   * @param control.by - who does it; stored in the audit trail. Default: unknown.
   * @throws {BackupConflictError} while the tenant is backed up.
   */
  async delete(id: string, { by }: { readonly by?: Actor | undefined } = {}): Promise<void> {
    refuseUnderEntry();
    requireActor(by);
    const { tenantId, slug, takenAt, rows } = await this.find(id);
    const before = { slug, takenAt, rows };
    const audit = auditStatement({ action: 'backup.deleted', tenantId, target: id, before, by });
    await this.#whileAlone(tenantId, async () => {
      const { records } = this.parts;
      await removeFiles(this.parts, await records.delete([id], [audit]));
    });
  }

  /**
   * Removes scheduled backups whose time is over, and what processes left that died; finds files that are missing, and files that nobody
   * knows. The last good backup of a tenant stays.
   */
  async prune(options: PruneOptions = {}, control: TransferControl = {}): Promise<PruneReport> {
    refuseUnderEntry();
    return pruneBackups(this.parts, this.settings, options, control);
  }

  /**
   * Makes a new tenant of a backup; the file is compared with what was written first. The tenant that it is of stays as it is. Records
   * that the backup has come along, unless `control.include` names others.
   *
   * @param given - what is left out is as it was, but for the id, and the slug: by default `<slug>-at-20261127-143000`, in UTC.
   * @throws {BackupDamagedError} when the file is missing or differs. Nothing was made.
   * @throws {ImportRefusedError} as {@link importTenant}.
   * @throws {TenantConflictError} when the slug is taken.
   */
  async restore(id: string, given: ImportedTenant = {}, control: ImportControl = {}): Promise<ImportReport> {
    refuseUnderEntry();
    const backup = await this.parts.records.findStored(id);
    await verifyFile(this.parts, backup, control.signal);
    const open = () => this.parts.storage.read(backup.key, control.signal);
    const { fleet, archives, included } = this.parts;
    return importIncluding(
      fleet,
      open,
      { slug: slugAt(backup, backup.takenAt), ...given },
      { ...archives, ...control },
      control.include
        ? parseInclude({ include: control.include, records: control.records ?? included.records })
        : { ...included, kinds: 'present' },
    );
  }

  /**
   * Makes a new tenant of the newest backup that was taken at a moment or before.
   *
   * @param slugOrId - of the tenant; it may be gone.
   * @throws {BackupNotFoundError} when there is none.
   * @throws as {@link restore}.
   */
  async restoreAt(
    slugOrId: string,
    moment: Date,
    given: ImportedTenant = {},
    control: ImportControl = {},
  ): Promise<ImportReport & { readonly backup: Backup }> {
    const backup = await this.newest(slugOrId, moment);
    return { ...(await this.restore(backup.id, given, control)), backup };
  }

  /**
   * The newest backup of a tenant that can be restored and was taken at a moment or before.
   *
   * @throws {BackupNotFoundError} when there is none.
   */
  async newest(slugOrId: string, moment: Date): Promise<Backup> {
    const { records } = this.parts;
    const tenantId = await records.tenantIdOf(slugOrId);
    const found = tenantId === undefined ? undefined : await records.newest(tenantId, moment);
    if (!found)
      throw new BackupNotFoundError(
        `There is no complete backup of "${slugOrId}" from ${moment.toISOString()} or before. List what there is (rowhouse backups list).`,
      );
    return found;
  }

  /** @param id - of the tenant or the file that the work is on. */
  async #whileAlone<T>(id: string, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const { catalog } = this.parts.fleet.deployment;
    const locked = await catalog.whileLocked(lockKeyOf('backup', id), work);
    if (!locked)
      throw new BackupConflictError(
        'Another process is at work on these backups. Try again when it has ended.',
      );
    return locked.result;
  }
}

function refuseUnderEntry(): void {
  if (TenantContext.entry())
    throw new ImportRefusedError(
      "Under an operator's entry into a tenant, backups are neither made nor used.",
    );
}

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-f-]{36})$/;

function encodeCursor({ takenAt, id }: Backup): string {
  return Buffer.from(`${takenAt.toISOString()}_${id}`).toString('base64url');
}

function decodeCursor(cursor: string): Pick<Backup, 'takenAt' | 'id'> {
  const [, at = '', id = ''] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const takenAt = new Date(at);
  if (Number.isNaN(takenAt.getTime())) throw listOptionInvalid('cursor', 'expected `next` of a former page');
  return { takenAt, id };
}

function listOptionInvalid(field: string, expected: string): OptionsInvalidError {
  return new OptionsInvalidError('TenantBackups.list', [{ field, expected }]);
}

function creationOf({ id, tenantId, slug, rows, bytes, sha256 }: Backup, by: Actor | undefined) {
  const after = { slug, rows, sizeBytes: bytes, sha256 };
  return auditStatement({ action: 'backup.created', tenantId, target: id, after, by });
}
