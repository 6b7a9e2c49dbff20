import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import {
  type ArchiveReading,
  type ArchiveWriting,
  parseReading,
  parseWriting,
} from '../archive/archive-options.js';
import type { ContentsOptions } from '../contents/companions-of.js';
import type { RecordKind } from '../records/archived-records.js';
import { type Included, parseInclude } from '../records/include.js';
import type { TenantRecords } from '../records/tenant-records.js';
import { type StorageOptions, storageSchema } from '../storage/storage-options.js';
import { type Keep, keepSchema } from './retention.js';
import { isCron, isTimeZone } from './schedule/next-time.js';

/** When tenants are backed up, and what is kept of that. */
export interface BackupPolicy {
  /** Five fields of cron. `false` for never. Default `false`. */
  readonly schedule?: string | false;
  /** Of scheduled backups. Default 7 daily, 4 weekly and 12 monthly ones. */
  readonly keep?: Keep;
}

export interface BackupOptions extends BackupPolicy, ContentsOptions {
  /** Each deployment has one of its own, or a prefix. */
  readonly storage: StorageOptions;
  /**
   * How files are written and read. Restores, also for a test, open encrypted files with `identities`; with `trustedKeys` they take only
   * what one of these has signed.
   */
  readonly archives?: ArchiveWriting & ArchiveReading;
  /** Settings, domains, members and overrides of the app: backups have them too. `TenancyBackupModule` has those of the admin API. */
  readonly records?: TenantRecords | undefined;
  /** Which of them. Default: all that the app has. */
  readonly include?: readonly RecordKind[] | undefined;
  /** For tenants with these plans, in place of the above. */
  readonly plans?: Readonly<Record<string, BackupPolicy>>;
  /** For tenants with these slugs, in place of all that. */
  readonly tenants?: Readonly<Record<string, BackupPolicy>>;
  /** When backups that have not been proven are restored for a test; as `schedule`. Default `false`. */
  readonly prove?: string | false;
  /** IANA name. Default `UTC`. */
  readonly timeZone?: string;
  /** The backups of a schedule begin within so many minutes, at most half its interval; each tenant always at its place. Default 30. */
  readonly spreadMinutes?: number;
  /** Backups at a time, in each process. Default 2. */
  readonly concurrency?: number;
}

const schedule = z.union(
  [z.literal(false), z.string().refine(isCron, 'expected five fields of cron, with a time that comes')],
  { error: 'expected five fields of cron, with a time that comes, or false' },
);
const policySchema = z.strictObject({ schedule: schedule.optional(), keep: keepSchema.optional() });

const optionsSchema = z.strictObject({
  storage: storageSchema,
  archives: z.custom<ArchiveWriting & ArchiveReading>().prefault({}),
  records: z.custom<TenantRecords>().optional(),
  include: z.custom<readonly RecordKind[]>().optional(),
  contents: z.boolean().default(true),
  schedule: schedule.default(false),
  keep: keepSchema.prefault({ daily: 7, weekly: 4, monthly: 12 }),
  plans: z.record(z.string(), policySchema).default({}),
  tenants: z.record(z.string(), policySchema).default({}),
  prove: schedule.default(false),
  timeZone: z.string().refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin').default('UTC'),
  spreadMinutes: z.number().min(0).max(1_440).default(30),
  concurrency: z.int().min(1).max(64).default(2),
});

/** The options, checked, with every default filled in. */
export interface BackupSettings
  extends Omit<Readonly<z.output<typeof optionsSchema>>, 'records' | 'include'> {
  /** What backups have beside rows. */
  readonly included: Included;
}

export function parseBackupOptions(options: BackupOptions): BackupSettings {
  const { records, include, ...settings } = parseOptions('TenantBackups', optionsSchema, options);
  parseWriting(settings.archives);
  parseReading(settings.archives);
  return { ...settings, included: parseInclude({ records, include: include ?? records?.kinds }) };
}

type Named = Readonly<Record<'slug' | 'plan', string>>;

/** @returns `false` for a tenant that is backed up by hand only. */
export function scheduleFor({ tenants, plans, schedule }: BackupSettings, { slug, plan }: Named) {
  return tenants[slug]?.schedule ?? plans[plan]?.schedule ?? schedule;
}

/** @param tenant - `undefined` when it is gone. */
export function keepFor({ tenants, plans, keep }: BackupSettings, tenant: Named | undefined): Keep {
  if (!tenant) return keep;
  return tenants[tenant.slug]?.keep ?? plans[tenant.plan]?.keep ?? keep;
}
