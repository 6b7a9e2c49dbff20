import type { DataSourceOptions } from 'typeorm';
import { Product } from './product.entity.js';
import { Review } from './review.entity.js';

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

export const PLATFORMS = ['fastify', 'express'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** The settings that the harness passes to an app. */
export interface AppSettings {
  readonly variant: string;
  readonly platform: Platform;
  /** The URL of the database, with the variant's own login. */
  readonly databaseUrl: string;
  /** The URL with the login that owns the tenants' schemas, for variants that need one. */
  readonly ownerUrl: string | undefined;
  /** The prefix of the tenants' roles. */
  readonly roles: string;
  /** How Rowhouse keeps the tenants apart, in its variants. */
  readonly isolation: string;
  /** How long a request waits for a connection. */
  readonly acquireTimeoutMs: number;
}

export function readSettings(env: NodeJS.ProcessEnv): AppSettings {
  const platform = PLATFORMS.find((name) => name === env['BENCH_PLATFORM']);
  if (!platform) throw new Error(`BENCH_PLATFORM: expected one of ${PLATFORMS.join(', ')}.`);
  return {
    variant: required(env, 'BENCH_VARIANT'),
    platform,
    databaseUrl: required(env, 'BENCH_DATABASE_URL'),
    ownerUrl: env['BENCH_OWNER_URL'] || undefined,
    roles: required(env, 'BENCH_ROLES'),
    isolation: required(env, 'BENCH_ISOLATION'),
    acquireTimeoutMs: Number(required(env, 'BENCH_ACQUIRE_TIMEOUT_MS')),
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is missing: this app is started by bench/run.mjs.`);
  return value;
}

/** The header that names the tenant, in every variant that reads it. */
export const TENANT_HEADER = 'x-tenant-id';

/** Connections of every variant that has one pool. */
export const POOL_SIZE = 20;

/** The same connection settings for every variant. */
export function typeormOptions({ databaseUrl, acquireTimeoutMs }: AppSettings): PostgresOptions {
  return {
    type: 'postgres',
    url: databaseUrl,
    poolSize: POOL_SIZE,
    connectTimeoutMS: acquireTimeoutMs,
    entities: [Product, Review],
    synchronize: false,
    installExtensions: false,
    // Other variants run between two cells of this one. A busy server would not close its idle connections meanwhile.
    extra: { idleTimeoutMillis: 60_000 },
  };
}
