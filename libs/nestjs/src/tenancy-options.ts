import { Inject, type Type } from '@nestjs/common';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import {
  type ApiKeyPepper,
  OptionsInvalidError,
  type Plans,
  type TenancyPoolOptions,
  type TenantDirectoryOptions,
  type TenantStore,
} from '@rowhouse/core';
import {
  apiKeyPeppersSchema,
  parseOptions,
  peppersFromEnvironment,
  plansSchema,
  postgresUrlSchema,
  tenancyPoolSchema,
} from '@rowhouse/core/internal';
import { z } from 'zod';
import { type ActorOf, actorOfRequest } from './http/request-actor.js';
import { type RateUserOf, userOfRequest } from './rates/rate-key.js';
import type { RedisClient } from './rates/redis-rate-store.js';
import { isPathPattern, type PathPattern } from './resolvers/excluded-paths.js';
import { type TenantResolver } from './resolvers/tenant-resolver.js';
import type { TenantAccessPolicy } from './routes/tenant-access-policy.js';

/** What {@link TenancyModule} is given. */
export interface TenancyModuleOptions {
  /** What the app gave to `TypeOrmModule.forRoot`; type `postgres`. Left out in apps without TypeORM. */
  readonly typeorm?: TypeOrmModuleOptions;
  /**
   * URL of the login that owns the tenants' schemas, leading to PostgreSQL itself where `typeorm` leads to a pooler: for
   * the catalog, LISTEN, provisioning and migrations. Default: as `typeorm`.
   */
  readonly directUrl?: string;
  readonly pool?: Omit<TenancyPoolOptions, 'plans'>;
  /** What the tenants of each plan may have, by the plan's name. Default: any name is a plan, and no plan has anything. */
  readonly plans?: Plans;
  /** How `@RateLimit` and `TenantRates` count. */
  readonly rates?: {
    /**
     * Where: `memory`, each instance for itself; the `catalog`; or a client of Redis, of `ioredis` or `redis`, which the app closes. The
     * last two are shared by all instances, and while they do not answer each counts for itself. Default `memory`.
     */
    readonly store?: 'memory' | 'catalog' | RedisClient;
    /** Who a request is of, for limits by user; `undefined` for nobody. Default: `sub` of `request.user`, with its `iss`, or else its `id`. */
    readonly userOf?: (request: never) => string | undefined;
  };
  /** What is said of quotas. */
  readonly quotas?: {
    /** From how many percent of a quota on a tenant is near it, which is an event once a day. Default 80. */
    readonly nearPercent?: number;
  };
  /**
   * Where tenants are looked up. Default: the catalog, in schema `rowhouse` of the database that `directUrl`,
   * else `typeorm` names; it is brought up to date at start-up.
   */
  readonly store?: TenantStore;
  readonly directory?: TenantDirectoryOptions;
  /** API keys in the catalog. A store of your own has its own options. */
  readonly apiKeys?: {
    /** What hashes of keys are made with. Default: those of `ROWHOUSE_API_KEY_PEPPERS`; without any, plain SHA-256. */
    readonly peppers?: readonly ApiKeyPepper[];
    /** Stands in new keys: `rh_<environment>_…`. 1 to 16 lower-case letters. Default `live`. */
    readonly environment?: string;
  };
  /** In order: the first that matches names the tenant, the others must not contradict. At least one. */
  readonly resolvers: readonly TenantResolver[];
  /** Paths that belong to no tenant: exact, with `*` for one segment and `**` for the rest, or expressions. Default none. */
  readonly exclude?: readonly PathPattern[];
  /** Whether a route without a decorator needs a tenant. Default true. */
  readonly required?: boolean;
  /** Decides whether the authenticated user may enter the tenant. Default: everybody may. */
  readonly accessPolicy?: Type<TenantAccessPolicy> | TenantAccessPolicy;
  /** Answer 404 instead of 403 where the access policy refuses, so that nobody learns which tenants exist. Default false. */
  readonly hideUnknown?: boolean;
  /**
   * Who does what a request does, as `TenantContext.actor()` says and `@CreatedBy()` writes; it is asked when somebody wants to know, so
   * after the guards. Default: the user `sub`, or else `id`, of `request.user`.
   */
  readonly actorOf?: ActorOf;
  /**
   * Cancel the statement that a request has under way when its client goes away, and give up its place in the queue for a
   * connection. Default false.
   */
  readonly cancelOnDisconnect?: boolean;
  /**
   * Lets operators in who bring the token of an entry in the header `Rowhouse-Entry`, made by `POST …/tenants/:tenant/entries` of the
   * admin API or `rowhouse enter`. Left out, requests with that header are refused. Needs the catalog.
   */
  readonly breakGlass?: boolean;
  /**
   * Has users see what they have written when another instance answers them, of apps that read from replicas: the answer says how far a
   * replica must be, in the cookie `rowhouse_seen` and the header `Rowhouse-Seen`. Left out, instances know of their own writes only.
   */
  readonly readYourWrites?: {
    /** Encrypts that; at least 32 characters, the same in all instances. Several while they are rotated: the first encrypts. */
    readonly secret: string | readonly string[];
  };
  /** How messages to other processes name their tenant. */
  readonly messages?: {
    /**
     * Sign that, with HMAC and SHA-256: the first one signs, all are accepted. At least 32 characters each, the same in all services.
     * Default none: microservices of tenants need one, and what queues say is believed.
     */
    readonly keys?: readonly string[];
    /** Milliseconds after which a message between services is refused. Default 60,000. */
    readonly maxAgeMs?: number;
  };
  /**
   * At start-up, prove with synthetic tenants that tenants are kept apart on the configured path: `enforce` refuses to
   * start where they are not, `warn` logs it. Takes about a second. Default `enforce` in production, else `off`.
   */
  readonly selfCheck?: 'enforce' | 'warn' | 'off';
  /**
   * Refuse caches of answers that tenants would share, instead of warning; and examine the deployment at start-up by default.
   * Default: whether `NODE_ENV` is `production`.
   */
  readonly production?: boolean;
}

/** What a class for `useClass` and `useExisting` of {@link TenancyModule.forRootAsync} must have. */
export interface TenancyOptionsFactory {
  createTenancyOptions(): TenancyModuleOptions | Promise<TenancyModuleOptions>;
}

/** The options, checked, with every default filled in. */
export type TenancyOptions = Readonly<
  Required<
    Pick<
      TenancyModuleOptions,
      | 'directory'
      | 'resolvers'
      | 'exclude'
      | 'required'
      | 'hideUnknown'
      | 'actorOf'
      | 'cancelOnDisconnect'
      | 'breakGlass'
      | 'selfCheck'
      | 'production'
    >
  > &
    Pick<TenancyModuleOptions, 'typeorm' | 'directUrl' | 'store' | 'accessPolicy'> & {
      readonly pool: TenancyPoolOptions;
      readonly rates: { readonly store: 'memory' | 'catalog' | RedisClient; readonly userOf: RateUserOf };
      readonly quotas: { readonly nearPercent: number };
      readonly apiKeys: { readonly peppers: readonly ApiKeyPepper[]; readonly environment: string };
      readonly readYourWrites?: { readonly secret: readonly string[] } | undefined;
      readonly messages: { readonly keys: readonly string[]; readonly maxAgeMs: number };
    }
>;

/** Injection token of {@link TenancyOptions}. */
export const TENANCY_OPTIONS = Symbol('TENANCY_OPTIONS');

export const InjectTenancyOptions = () => Inject(TENANCY_OPTIONS);

function having<T>(methods: readonly (keyof T & string)[], expected: string): z.ZodType<T> {
  return z.custom<T>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof (value as T)[name] === 'function'),
    expected,
  );
}

/** Other libraries have resolvers too: nestjs-i18n's are called as ours are. */
function isTenantResolver(value: unknown): boolean {
  const { name, clientSupplied, resolve } = Object(value) as Partial<TenantResolver>;
  return typeof name === 'string' && typeof clientSupplied === 'boolean' && typeof resolve === 'function';
}

const policy = having<TenantAccessPolicy>(['canEnter'], 'expected a class or an object with canEnter()');
const policyClass = z.custom<Type<TenantAccessPolicy>>((value) => typeof value === 'function');

const secret = z.string().min(32, 'expected at least 32 characters');

const optionsSchema = z.strictObject({
  typeorm: z
    .looseObject({ type: z.literal('postgres', "expected 'postgres'") }, 'expected the options of TypeORM')
    .transform((options) => options as TypeOrmModuleOptions)
    .optional(),
  directUrl: postgresUrlSchema,
  // Checked here, because the pool does so only when TypeORM opens it, which it tries again and again.
  pool: tenancyPoolSchema.prefault({}),
  plans: plansSchema.default({}),
  rates: z
    .strictObject({
      store: z
        .union(
          [z.literal(['memory', 'catalog']), having<RedisClient>(['eval'], '')],
          "expected 'memory', 'catalog' or a client of ioredis or redis",
        )
        .default('memory'),
      userOf: z
        .custom<RateUserOf>((value) => typeof value === 'function', 'expected a function')
        .default(() => userOfRequest),
    })
    .prefault({}),
  quotas: z.strictObject({ nearPercent: z.number().min(0).max(100).default(80) }).prefault({}),
  store: having<TenantStore>(
    ['findById', 'findBySlug', 'findByDomain', 'findByApiKey', 'list'],
    'expected a tenant store',
  ).optional(),
  directory: z
    .custom<TenantDirectoryOptions>((value) => typeof value === 'object' && value !== null)
    .default({}),
  apiKeys: z
    .strictObject({
      peppers: apiKeyPeppersSchema.default(() => [...peppersFromEnvironment()]),
      environment: z
        .string()
        .regex(/^[a-z]{1,16}$/, 'expected 1 to 16 of a-z')
        .default('live'),
    })
    .prefault({}),
  resolvers: z
    .array(
      z.custom<TenantResolver>(
        isTenantResolver,
        'expected a resolver, such as new HeaderResolver() of @rowhouse/nestjs',
      ),
    )
    .min(1, 'expected at least one resolver, such as new HeaderResolver()'),
  exclude: z
    .array(z.custom<PathPattern>(isPathPattern, "expected a path such as '/health', '/docs/**' or a RegExp"))
    .default([]),
  required: z.boolean().default(true),
  accessPolicy: z.union([policy, policyClass], 'expected a class or an object with canEnter()').optional(),
  hideUnknown: z.boolean().default(false),
  actorOf: z
    .custom<ActorOf>((value) => typeof value === 'function', 'expected a function')
    .default(() => actorOfRequest),
  cancelOnDisconnect: z.boolean().default(false),
  breakGlass: z.boolean().default(false),
  readYourWrites: z
    .strictObject({
      secret: z
        .union([secret, z.array(secret).min(1)])
        .transform((one) => (Array.isArray(one) ? one : [one])),
    })
    .optional(),
  messages: z
    .strictObject({
      keys: z.array(secret).default([]),
      maxAgeMs: z.int().min(1_000).max(86_400_000).default(60_000),
    })
    .prefault({}),
  production: z.boolean().default(() => process.env.NODE_ENV === 'production'),
  selfCheck: z.enum(['enforce', 'warn', 'off'], "expected 'enforce', 'warn' or 'off'").optional(),
});

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {OptionsInvalidError} naming the path of each wrong option and what was expected.
 */
export function parseTenancyOptions(options: unknown): TenancyOptions {
  const { plans, ...parsed } = parseOptions('TenancyModule', optionsSchema, options);
  if (!parsed.store && !parsed.typeorm && !parsed.directUrl) {
    throw new OptionsInvalidError('TenancyModule', [
      {
        field: 'store',
        expected: 'expected a tenant store, since neither typeorm nor directUrl names a database',
      },
    ]);
  }
  const { selfCheck = parsed.production ? 'enforce' : 'off' } = parsed;
  return Object.freeze({ ...parsed, pool: { ...parsed.pool, plans }, selfCheck });
}

/**
 * Runs what checks the options of a part, and reports where in the module's options the part is.
 *
 * @throws {OptionsInvalidError}
 */
export function within<T>(part: keyof TenancyModuleOptions, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof OptionsInvalidError)) throw error;
    throw new OptionsInvalidError(
      'TenancyModule',
      error.fields.map(({ field, expected }) => ({ field: `${part}.${field}`, expected })),
    );
  }
}
