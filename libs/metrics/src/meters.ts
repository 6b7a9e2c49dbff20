/** What is counted for each tenant: sums that only grow, and the columns of the catalog that hold them. Times are in microseconds. */
export const METERS = {
  responses2xx: 'responses_2xx',
  responses3xx: 'responses_3xx',
  responses4xx: 'responses_4xx',
  responses5xx: 'responses_5xx',
  aborted: 'aborted',
  requestUs: 'request_us',
  statements: 'statements',
  failedStatements: 'failed_statements',
  slowStatements: 'slow_statements',
  databaseUs: 'database_us',
  rows: 'rows',
  poolWaits: 'pool_waits',
  poolWaitUs: 'pool_wait_us',
  poolExhausted: 'pool_exhausted',
  cacheHits: 'cache_hits',
  cacheMisses: 'cache_misses',
} as const;

export type Meter = keyof typeof METERS;

export const METER_NAMES = Object.keys(METERS) as readonly Meter[];
export const METER_COLUMNS: readonly string[] = Object.values(METERS);

/** Where a meter stands among the values of a tally. */
export const METER_INDEX = Object.freeze(
  Object.fromEntries(METER_NAMES.map((name, index) => [name, index])),
) as Readonly<Record<Meter, number>>;

/** Stands for what belongs to no tenant: the Nil UUID. */
export const WITHOUT_TENANT = '00000000-0000-0000-0000-000000000000';
/** Stands for all tenants together, and what belongs to none: the Max UUID (RFC 9562). */
export const EVERYTHING = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
