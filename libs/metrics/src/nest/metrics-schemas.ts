import { z } from 'zod';
import { FORWARD, isForward, RESOLUTIONS } from '../reading/series.js';
import { TOP_BY, TOP_OVER } from '../reading/top.js';

const count = z.int();
const ms = z.number();

const countsShape = {
  requests: count.describe('Answered ones and aborted ones.'),
  responses2xx: count,
  responses3xx: count,
  responses4xx: count,
  responses5xx: count,
  aborted: count.describe('The client went away before the answer was through.'),
  latencyMs: z
    .object({ average: ms, p50: ms, p95: ms, p99: ms })
    .nullable()
    .describe('Quantiles are within 9 %. null without requests.'),
  statements: count,
  failedStatements: count,
  slowStatements: count,
  databaseMs: ms.describe('From when statements were sent until they were answered, added up.'),
  rows: count.describe('That came back, or were changed.'),
  poolWaits: count.describe('Requests for a connection that were not served at once.'),
  poolWaitMs: ms,
  poolExhausted: count.describe('Requests for a connection that got none.'),
  cacheHits: count.describe("Results that TypeORM's query cache had."),
  cacheMisses: count,
};

const countsAnswer = z.object(countsShape).meta({ id: 'MetricCounts' });

const metricsShape = {
  asOf: z.date(),
  ever: countsAnswer.describe('Everything since `since`.'),
  since: z.date().nullable(),
  lastHour: countsAnswer,
  lastDay: countsAnswer,
  requestsPerSecond: z.object({
    oneMinute: z.number().describe('Of the last whole minute.'),
    fiveMinutes: z.number(),
  }),
  activeUsers: z
    .object({ today: count, thirtyDays: count })
    .describe(
      'Up to 255 are counted, of more the number is estimated within some 6 %. Days are those of UTC.',
    ),
  storage: z
    .object({ tableBytes: count, indexBytes: count, toastBytes: count, measuredAt: z.date() })
    .nullable()
    .describe('null where it was not measured, or cannot be.'),
  files: z
    .object({ count, bytes: count, measuredAt: z.date() })
    .nullable()
    .describe('null without @rowhouse/files, and where they were not counted yet.'),
  server: z
    .object({
      executionMs: ms,
      cpuMs: ms.nullable().describe('null without pg_stat_kcache.'),
      blocksHit: count,
      blocksRead: count,
      blocksDirtied: count,
      blocksWritten: count,
      since: z.date().nullable(),
    })
    .nullable()
    .describe(
      'What PostgreSQL has counted; null without pg_stat_statements, and for tenants without a role in the server of the catalog.',
    ),
};

export const fleetMetricsAnswer = z
  .object({
    ...metricsShape,
    activeTenants: count.describe('That did something in the last hour.'),
    withoutTenant: z
      .object({ ever: countsAnswer, lastHour: countsAnswer })
      .describe('What belongs to no tenant; it is part of the sums.'),
  })
  .meta({ id: 'FleetMetrics' });

export const tenantMetricsAnswer = z
  .object({
    tenant: z.object({ id: z.guid(), slug: z.string() }),
    ...metricsShape,
    slowStatements: z
      .array(
        z.object({
          id: z.string(),
          shape: z.string().nullable().describe('Without values; null for what could not be read.'),
          calls: count,
          averageMs: ms,
          maxMs: ms,
          rows: count,
          firstAt: z.date(),
          lastAt: z.date(),
        }),
      )
      .describe('Those that took the most time.'),
    jobs: z.object({ waiting: count, running: count, failed: count }).describe("Of the catalog's jobs, now."),
  })
  .meta({ id: 'TenantMetrics' });

const rate = z.number().describe('Milliseconds of database time in a second.');

const statementNow = z.object({
  shape: z.string().nullable().describe('Without values; null for what could not be read.'),
  share: z.number().describe("Of the tenant's database time, 0 to 1, from looks at what is under way."),
  running: count.describe('Under way when it was reported.'),
  longestMs: ms.describe('How long the longest of them had been.'),
});

export const nowAnswer = z
  .object({
    asOf: z.date(),
    instances: count.describe('That have something to do.'),
    databaseMsPerSecond: rate.describe('Of everything.'),
    msPerSecondWithoutTenant: rate.describe('Of the system and of operators; it is part of the sum.'),
    connections: z.number().describe('In use, a mean.'),
    waiting: z.number().describe('Requests that waited for one, a mean.'),
    capacity: z.number().describe('Connections that the pools may open.'),
    tenants: z
      .array(
        z.object({
          tenantId: z.guid(),
          slug: z.string().nullable(),
          databaseMsPerSecond: rate,
          share: z.number().nullable().describe('Of the database time of everything, 0 to 1.'),
          connections: z.number(),
          waiting: z.number(),
          noisySince: z.date().nullable().describe('null unless it is a noisy neighbour.'),
          throttledTo: count.nullable().describe('Connections of each pool; null where it is not throttled.'),
          statements: z.array(statementNow).describe('Those that take the most of its time.'),
        }),
      )
      .describe('Those with the most database time.'),
  })
  .meta({ id: 'MetricsNow' });

export const topAnswer = z.object({
  items: z.array(
    z.object({
      tenantId: z.guid(),
      slug: z.string().nullable(),
      value: z.number(),
      share: z.number().nullable().describe('Of the sum over everything, 0 to 1.'),
    }),
  ),
});

export const topQuery = z.strictObject({
  by: z.enum(TOP_BY).default('databaseMs'),
  limit: z.coerce.number<number>().int().min(1).max(1_000).default(10),
  over: z
    .enum(TOP_OVER)
    .default('1h')
    .describe('The time up to now; storage and files are always those of now.'),
});

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const seriesQuery = z
  .strictObject({
    resolution: z.enum(RESOLUTIONS).default('minute'),
    from: time.optional(),
    to: time.optional(),
  })
  .refine(isForward, FORWARD);

export const seriesAnswer = z.object({
  items: z.array(z.object({ time: z.date().describe('When it began.'), ...countsShape })),
});

export const statementPlanAnswer = z
  .object({
    shape: z.string(),
    plan: z.array(z.string()).describe('As EXPLAIN (GENERIC_PLAN) writes it, line by line.'),
  })
  .meta({ id: 'StatementPlan' });
