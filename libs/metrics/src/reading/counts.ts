import { quantileMs } from '../latency-buckets.js';
import { METER_COLUMNS, METERS, type Meter } from '../meters.js';

/** A row of sums, as pg reads it. */
export type SumsRow = Readonly<Record<string, unknown>> & { readonly latency: readonly string[] | null };

/** What was counted in a while. Times in milliseconds. */
export interface Counts {
  /** Answered ones and aborted ones. */
  readonly requests: number;
  readonly responses2xx: number;
  readonly responses3xx: number;
  readonly responses4xx: number;
  readonly responses5xx: number;
  /** Requests whose clients went away before they were answered. */
  readonly aborted: number;
  /** `null` where there was no request. Quantiles are within 9 %. */
  readonly latencyMs: {
    readonly average: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
  } | null;
  readonly statements: number;
  readonly failedStatements: number;
  readonly slowStatements: number;
  /** From when statements were sent until they were answered, added up. */
  readonly databaseMs: number;
  /** Rows that came back, or were changed. */
  readonly rows: number;
  /** Requests for a connection that were not served at once, and their time. */
  readonly poolWaits: number;
  readonly poolWaitMs: number;
  /** Requests for a connection that got none. */
  readonly poolExhausted: number;
  /** Results that TypeORM's query cache had, and those it did not have or no longer. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** The sums of {@link SumsRow} over many rows, without the histogram. */
export const SUMS = METER_COLUMNS.map(
  (column) => `coalesce(pg_catalog.sum(t.${column}), 0)::pg_catalog.int8 as ${column}`,
).join(', ');

/** The sum of histograms `latency` of the rows of `source`, as a column of one row. */
export function latencySum(source: string): string {
  return `array(select pg_catalog.sum(u.x)::pg_catalog.int8 from ${source} as s,
    pg_catalog.unnest(s.latency) with ordinality as u (x, n) group by u.n order by u.n) as latency`;
}

export function countsOf(row: SumsRow): Counts {
  const of = (meter: Meter) => Number(row[METERS[meter]] ?? 0);
  const requests =
    of('responses2xx') + of('responses3xx') + of('responses4xx') + of('responses5xx') + of('aborted');
  return {
    requests,
    responses2xx: of('responses2xx'),
    responses3xx: of('responses3xx'),
    responses4xx: of('responses4xx'),
    responses5xx: of('responses5xx'),
    aborted: of('aborted'),
    latencyMs: latencyOf(of('requestUs') / 1_000 / requests, (row.latency ?? []).map(Number)),
    statements: of('statements'),
    failedStatements: of('failedStatements'),
    slowStatements: of('slowStatements'),
    databaseMs: of('databaseUs') / 1_000,
    rows: of('rows'),
    poolWaits: of('poolWaits'),
    poolWaitMs: of('poolWaitUs') / 1_000,
    poolExhausted: of('poolExhausted'),
    cacheHits: of('cacheHits'),
    cacheMisses: of('cacheMisses'),
  };
}

function latencyOf(average: number, counts: readonly number[]): Counts['latencyMs'] {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileMs(counts, share));
  if (p50 === undefined || p95 === undefined || p99 === undefined) return null;
  return { average, p50, p95, p99 };
}
