import type { Tenant } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import type { HealthChecks, HealthFinding } from '@rowhouse/nestjs';
import type { ScheduleState } from '../../backups/backup-records.js';
import type { TenantBackups } from '../../backups/tenant-backups.js';

const EVERY_MS = 60_000;

/** Tells health of scheduled backups that fail or are late, and how old the last good ones are. */
export function addBackupsHealth(checks: HealthChecks, { parts: { records } }: TenantBackups): void {
  checks.add({
    name: 'backups',
    everyMs: EVERY_MS,
    check: async () => findingOf(await records.scheduleState()),
    checkTenant: async ({ id }: Tenant) => findingOf(await records.scheduleState(id)),
  });
}

function findingOf({ oldestLastAt, ...numbers }: ScheduleState): HealthFinding {
  const { failing, late } = numbers;
  const found = { ...numbers, oldestLastAt: oldestLastAt?.toISOString() ?? null };
  if (failing === 0 && late === 0) return { status: 'up', ...found };
  const message = `of the scheduled backups ${counted(failing, 'fails', 'fail')} and ${counted(late, 'is late', 'are late')}`;
  return { status: 'degraded', message, ...found };
}
