import { METERS, type Meter } from '../meters.js';

/** What tenants can be ordered by: whatever is counted, and what they store now. */
export const TOP_BY = [
  'requests',
  'responses4xx',
  'responses5xx',
  'aborted',
  'requestMs',
  'statements',
  'failedStatements',
  'slowStatements',
  'databaseMs',
  'rows',
  'poolWaits',
  'poolWaitMs',
  'poolExhausted',
  'cacheHits',
  'cacheMisses',
  'storageBytes',
  'files',
  'fileBytes',
] as const;

export type TopBy = (typeof TOP_BY)[number];

/** The time that a list is about, up to now. */
export const TOP_OVER = ['5m', '1h', '24h', '30d', 'ever'] as const;

export type TopOver = (typeof TOP_OVER)[number];

const REQUESTS: readonly Meter[] = [
  'responses2xx',
  'responses3xx',
  'responses4xx',
  'responses5xx',
  'aborted',
];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The rows that have a value for a list. The first ones are those in which the time began. */
const SOURCES: Readonly<
  Record<TopOver, { readonly table: string; readonly unitMs: number; readonly units: number }>
> = {
  '5m': { table: 'metric_minutes', unitMs: MINUTE_MS, units: 5 },
  '1h': { table: 'metric_minutes', unitMs: MINUTE_MS, units: 60 },
  '24h': { table: 'metric_hours', unitMs: HOUR_MS, units: 24 },
  '30d': { table: 'metric_hours', unitMs: HOUR_MS, units: 720 },
  ever: { table: 'metric_totals', unitMs: 0, units: 0 },
};

/** What tenants have now. */
const STORED = {
  storageBytes:
    'select t.tenant_id, t.table_bytes + t.index_bytes + t.toast_bytes as value from rowhouse.metric_storage t',
  files: 'select t.tenant_id, t.files as value from rowhouse.metric_files t',
  fileBytes: 'select t.tenant_id, t.bytes as value from rowhouse.metric_files t',
} as const;

function isStored(by: TopBy): by is keyof typeof STORED {
  return by in STORED;
}

/** A query of `tenant_id` and `value`, for all tenants and for {@link EVERYTHING}. @param now - milliseconds since 1970. */
export function valuesQuery(by: TopBy, over: TopOver, now: number): { text: string; values: unknown[] } {
  if (isStored(by)) return { text: STORED[by], values: [] };
  const { table, unitMs, units } = SOURCES[over];
  const value = `pg_catalog.sum(${expressionOf(by)})`;
  if (units === 0)
    return { text: `select t.tenant_id, ${value} as value from rowhouse.${table} t group by 1`, values: [] };
  return {
    text: `select t.tenant_id, ${value} as value from rowhouse.${table} t where t.time > $1 group by 1`,
    values: [new Date(now - units * unitMs)],
  };
}

/** An expression over a row of sums. */
function expressionOf(by: Exclude<TopBy, keyof typeof STORED>): string {
  if (by === 'requests') return REQUESTS.map((meter) => `t.${METERS[meter]}`).join(' + ');
  if (by === 'requestMs') return 't.request_us / 1000.0';
  if (by === 'databaseMs') return 't.database_us / 1000.0';
  if (by === 'poolWaitMs') return 't.pool_wait_us / 1000.0';
  return `t.${METERS[by]}`;
}
