import type { Catalog } from '@rowhouse/core';
import type { Backup } from './backup.js';
import { type BackupSettings, keepFor, scheduleFor } from './backup-options.js';
import { BACKUP, type BackupRow, publicPart } from './backup-records.js';
import type { Keep } from './retention.js';

/** How the backups of a tenant stand. */
export interface TenantBackupStatus {
  readonly tenantId: string;
  readonly slug: string;
  readonly plan: string;
  /** Five fields of cron; `null` where it is backed up by hand only. */
  readonly schedule: string | null;
  /** IANA name, of the schedule. */
  readonly timeZone: string;
  /** Of scheduled backups. */
  readonly keep: Keep;
  /** When it is backed up next; `null` too while no process has run the schedule. */
  readonly nextAt: Date | null;
  /** When its latest backup was taken that can be restored. */
  readonly lastGoodAt: Date | null;
  /** The latest one, good or not. */
  readonly last: Backup | null;
  readonly rank: BackupRank;
}

/** 0: its last attempt or its last test restore failed. 1: it has no good backup. 2: neither. */
export type BackupRank = 0 | 1 | 2;

export interface BackupStatusListing {
  readonly limit: number;
  /** What the page before ended with. */
  readonly after?: readonly [rank: number, slug: string] | undefined;
  /** Of one tenant only. */
  readonly tenantId?: string | undefined;
}

interface Row extends Pick<TenantBackupStatus, 'tenantId' | 'slug' | 'plan' | 'lastGoodAt' | 'rank'> {
  readonly dueAt: Date | null;
  readonly lastId: string | null;
}

const STATUS = `
  select t.id as "tenantId", t.slug, t.plan, s.due_at as "dueAt", last.id as "lastId", good.taken_at as "lastGoodAt",
         case when s.failures > 0 or last.state in ('failed', 'damaged') or last.error is not null then 0
              when good.taken_at is null then 1 else 2 end as rank
    from rowhouse.tenants t
    left join rowhouse.backup_schedule s on s.tenant_id = t.id
    left join lateral (
      ${BACKUP} where b.tenant_id = t.id order by b.taken_at desc, b.id desc limit 1) last on true
    left join lateral (
      select b.taken_at from rowhouse.backups b join rowhouse.backup_files f on f.id = b.file_id and f.state = 'whole'
       where b.tenant_id = t.id and b.state = 'complete' order by b.taken_at desc, b.id desc limit 1) good on true
   where t.status not in ('deleting', 'deleted') and ($1::uuid is null or t.id = $1)`;

/** How the backups of tenants stand, what failed first, and then by slug. */
export async function backupStatuses(
  catalog: Catalog,
  settings: BackupSettings,
  { limit, after, tenantId }: BackupStatusListing,
): Promise<readonly TenantBackupStatus[]> {
  const { rows } = await catalog.query<Row>(
    `select * from (${STATUS}) status where $2::int4 is null or (rank, slug) > ($2, $3) order by rank, slug limit $4`,
    [tenantId ?? null, after?.[0] ?? null, after?.[1] ?? null, limit],
  );
  const { rows: latest } = await catalog.query<BackupRow>(`${BACKUP} where b.id = any ($1)`, [
    rows.map(({ lastId }) => lastId),
  ]);
  return rows.map(({ dueAt, lastId, ...row }) => {
    const schedule = scheduleFor(settings, row) || null;
    const last = latest.find(({ id }) => id === lastId);
    return {
      ...row,
      schedule,
      timeZone: settings.timeZone,
      keep: keepFor(settings, row),
      nextAt: schedule ? dueAt : null,
      last: last ? publicPart(last) : null,
    };
  });
}
