import type { Backup, TenantBackups } from '@rowhouse/transfer';
import { z } from 'zod';
import { BackupsNotDeclaredError } from '../transfer-errors.js';
import type { TransferParts } from '../transfer-kind.js';

/** A backup as operators see it: without its place in the storage. */
export type BackupView = Omit<Backup, 'key'>;

export const backupAnswer = z
  .object({
    id: z.guid(),
    tenantId: z.guid(),
    slug: z.string().describe("The tenant's at the time."),
    kind: z.enum(['manual', 'scheduled']),
    state: z.enum(['running', 'complete', 'failed', 'damaged']),
    takenAt: z.date().describe('Its rows are as they were at this moment.'),
    finishedAt: z.date().nullable(),
    tables: z.int().nullable(),
    rows: z.int().nullable(),
    bytes: z.int().nullable().describe('Of the file. Backups of a tenant that did not change share one.'),
    sha256: z.string().nullable().describe('Of the file.'),
    provenAt: z.date().nullable().describe('When a test restore last had the same rows.'),
    error: z.string().nullable().describe('Why it failed, is damaged, or its last test restore failed.'),
  })
  .meta({ id: 'Backup' });

export function viewOf({ key: _, ...backup }: Backup): BackupView {
  return backup;
}

/** @throws {BackupsNotDeclaredError} */
export function requireBackups({ backups }: Pick<TransferParts, 'backups'>): TenantBackups {
  if (!backups) throw new BackupsNotDeclaredError();
  return backups;
}
