import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { Tracing } from '../tracing.js';
import type { UsageSink } from '../usage/sinks/usage-sink.js';
import { type OwnMeters, ownMetersSchema } from '../usage/usage-meters.js';

/** What {@link TenancyMetricsModule} is given. */
export interface TenancyMetricsModuleOptions {
  /** A statement that takes longer is slow: its text is kept, without values. Milliseconds. Default 500. */
  readonly slowStatementMs?: number;
  /**
   * The id of the user who sent a request of Express or Fastify, when it was answered. Only a hash of it is kept. Default: `id`, else `sub`
   * of `request.user`.
   */
  readonly userOf?: (request: object) => string | undefined;
  /** Time between two flushes to the catalog, and what is lost at most when a process is killed. Milliseconds. Default 10,000. */
  readonly flushMs?: number;
  /** Time between two measurements of what tenants' tables take on disk, for all instances together. Milliseconds. Default 900,000. */
  readonly storageMs?: number;
  /**
   * When a tenant is a noisy neighbour, which is an event (`noisy`, `quiet`); `noisyConcurrency` of its limits holds it back meanwhile.
   */
  readonly noisy?: {
    /** From which part of the database time of everything on, 0.05 to 1. Default 0.5. */
    readonly share?: number;
    /** ... while tenants use this part of an instance's connections, 0 to 1; what it waits for itself counts too. Default 0.25. */
    readonly demand?: number;
  };
  /** Writes the tenant on spans: `openTelemetry()` of `@rowhouse/metrics/opentelemetry`. Default: nobody does. */
  readonly tracing?: Tracing;
  /** Records what tenants use, for their bills; `{}` does. Default: nothing is recorded. */
  readonly usage?: UsageOptions;
}

export interface UsageOptions {
  /** What the app counts itself, by `TenantUsage.add`: names of meters, each with its unit: `{ emails: 'emails' }`. Default: nothing. */
  readonly meters?: OwnMeters;
  /** Where records are sent: `webhookSink()`, `openMeterSink()`, `stripeSink()` of `@rowhouse/metrics/usage`. Default: nowhere. */
  readonly sinks?: readonly UsageSink[];
}

/** What a class for `useClass` and `useExisting` of {@link TenancyMetricsModule.forRootAsync} must have. */
export interface TenancyMetricsOptionsFactory {
  createTenancyMetricsOptions(): TenancyMetricsModuleOptions | Promise<TenancyMetricsModuleOptions>;
}

/** Injection token of {@link MetricsOptions}. */
export const METRICS_OPTIONS = Symbol('rowhouse.metrics-options');

type UserOf = NonNullable<TenancyMetricsModuleOptions['userOf']>;

const usageSchema = z.strictObject({
  meters: ownMetersSchema,
  sinks: z
    .array(
      z.custom<UsageSink>(
        (value) => typeof (value as Partial<UsageSink> | null)?.send === 'function',
        'expected webhookSink(), openMeterSink() or stripeSink() of @rowhouse/metrics/usage',
      ),
    )
    .refine(
      (sinks) => new Set(sinks.map(({ name }) => name)).size === sinks.length,
      'expected another `name` for each',
    )
    .default([]),
});

const optionsSchema = z.strictObject({
  slowStatementMs: z.number().nonnegative().default(500),
  userOf: z
    .custom<UserOf>((value) => typeof value === 'function', 'expected a function (request)')
    .default(() => userOfRequest),
  flushMs: z.int().min(100).max(60_000).default(10_000),
  storageMs: z.int().min(10_000).max(86_400_000).default(900_000),
  noisy: z
    .strictObject({
      share: z.number().min(0.05).max(1).default(0.5),
      demand: z.number().min(0).max(1).default(0.25),
    })
    .prefault({}),
  tracing: z
    .custom<Tracing>(
      (value) => typeof (value as Partial<Tracing> | null)?.entered === 'function',
      'expected openTelemetry() of @rowhouse/metrics/opentelemetry',
    )
    .optional(),
  usage: usageSchema.optional(),
});

/** The options, checked, with every default filled in. */
export type MetricsOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseMetricsOptions(options: unknown): MetricsOptions {
  return parseOptions('TenancyMetricsModule', optionsSchema, options ?? {});
}

/** Where Passport and most guards put the user. */
function userOfRequest(request: object): string | undefined {
  const { user } = request as { readonly user?: { readonly id?: unknown; readonly sub?: unknown } | null };
  const id = user?.id ?? user?.sub;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
