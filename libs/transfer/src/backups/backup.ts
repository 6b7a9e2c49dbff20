import type { Actor } from '@rowhouse/core';
import type { ContentsOptions } from '../contents/companions-of.js';
import type { TransferControl } from '../control.js';

/** `scheduled` ones go when their time is over; `manual` ones stay until they are deleted. */
export type BackupKind = 'manual' | 'scheduled';

/** `damaged`: its file is missing, or is not what was written. */
export type BackupState = 'running' | 'complete' | 'failed' | 'damaged';

export interface Backup {
  readonly id: string;
  readonly tenantId: string;
  /** The tenant's at the time. */
  readonly slug: string;
  readonly kind: BackupKind;
  readonly state: BackupState;
  /** Its rows are as they were at this moment. While it runs and where it failed: when it began. */
  readonly takenAt: Date;
  readonly finishedAt: Date | null;
  /** `null` unless it is complete; so are all fields below but `error`. */
  readonly tables: number | null;
  readonly rows: number | null;
  /** Of the file. Backups of a tenant that did not change share one. */
  readonly bytes: number | null;
  /** Of the file, in hexadecimal. */
  readonly sha256: string | null;
  /** Where the file is in the storage. */
  readonly key: string | null;
  /** When a test restore last had the same rows. */
  readonly provenAt: Date | null;
  /** Why it failed, is damaged, or its last test restore failed. */
  readonly error: string | null;
}

/** Default of `contents`: that of {@link BackupOptions}. */
export interface BackupControl extends TransferControl, ContentsOptions {
  /** Of the new backup, which nothing else has. Default: a random UUID. */
  readonly id?: string | undefined;
  /** Who makes it; stored in the audit trail. Default: unknown. */
  readonly by?: Actor | undefined;
}

export interface BackupPage {
  /** The latest first. */
  readonly backups: readonly Backup[];
  /** The cursor of the next page; `undefined` on the last. */
  readonly next: string | undefined;
}

export interface BackupListOptions {
  /** Slug or id. A slug is also that of a tenant that is gone. Default: all tenants. */
  readonly tenant?: string;
  /** Default 100, at most 1,000. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** A backup with the file that it is in. */
export interface StoredBackup extends Backup {
  readonly fileId: string;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file of the storage, as the catalog knows it. */
export interface BackupFile {
  readonly id: string;
  readonly tenantId: string;
  readonly key: string;
}

export interface WholeFile extends BackupFile {
  readonly bytes: number;
  /** See `digestOfRows()`. */
  readonly rowSums: Buffer;
}
