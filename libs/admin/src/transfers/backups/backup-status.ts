import type { TenantBackupStatus } from '@rowhouse/transfer';
import { z } from 'zod';
import { type BackupView, backupAnswer, viewOf } from './backup-view.js';

const count = z.int().optional();

export const backupStatusAnswer = z
  .object({
    tenantId: z.guid(),
    slug: z.string(),
    plan: z.string(),
    schedule: z.string().nullable().describe('Five fields of cron; null where it is backed up by hand only.'),
    timeZone: z.string().describe('Of the schedule.'),
    keep: z
      .object({ hourly: count, daily: count, weekly: count, monthly: count })
      .describe('Which scheduled backups are kept.'),
    nextAt: z.date().nullable().describe('null too while no process has run the schedule.'),
    lastGoodAt: z.date().nullable().describe('When its latest backup was taken that can be restored.'),
    last: backupAnswer.nullable().describe('The latest one, good or not.'),
    hasFailed: z.boolean().describe('The last attempt, or the last test restore, has failed.'),
  })
  .meta({ id: 'BackupStatus' });

/** How the backups of a tenant stand, as operators see it. */
export type BackupStatusView = Omit<TenantBackupStatus, 'last' | 'rank'> & {
  readonly last: BackupView | null;
  readonly hasFailed: boolean;
};

export function statusViewOf({ last, rank, ...status }: TenantBackupStatus): BackupStatusView {
  return { ...status, last: last && viewOf(last), hasFailed: rank === 0 };
}
