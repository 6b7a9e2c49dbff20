import type { AdminSchemas } from '@rowhouse/client';
import type { Texts } from '../../texts/en.js';

type Keep = AdminSchemas['schemas']['BackupStatus']['keep'];

const PERIODS = ['hourly', 'daily', 'weekly', 'monthly'] as const;

/** How many scheduled backups are kept, in words. */
export function keepText(keep: Keep, { periods }: Texts['backups']): string {
  return PERIODS.filter((period) => keep[period])
    .map((period) => periods[period](keep[period] ?? 0))
    .join(', ');
}
