import { constants } from 'node:buffer';
import { z } from 'zod';
import { type DeclaredPlans, type Plans, plansSchema } from './plans/plan.js';
import { limitsSchema, type TenantLimits } from './plans/tenant-limits.js';
import { type ReplicaOptions, replicaOptionsSchema } from './replicas/replica-options.js';
import { type GuardOptions, guardOptionsSchema } from './statement/guard/guard-options.js';
import { parseOptions } from './support/parse-options.js';
import type { PostgresAddress } from './support/postgres-address.js';
import { isRolePrefix } from './tenant.js';

/** How long a pin holds on a connection. */
export type PinMode = 'statement' | 'session';

/** Where an address comes from: an environment variable that holds a URL, or a function that returns a URL or the fields. */
export type UrlReference =
  | { readonly env: string }
  | (() => string | PostgresAddress | Promise<string | PostgresAddress>);

/** A PostgreSQL server and a database on it, where tenants live. */
export interface PlacementOptions {
  /**
   * `postgres://login:password@host:port/database` of the application's login. Tenants with isolation `schema` and `row` live in that
   * database; for those with one of their own its name is replaced.
   */
  readonly url: UrlReference;
  /** The same for the login that makes databases and owns what is in them. Default: `url`. */
  readonly ownerUrl?: UrlReference;
}

/** How tenants are connected to whose home is not in the main database. */
export interface DatabasesOptions {
  /** Connections of this process to all databases of tenants and placements together. Default 50. */
  readonly maxConnections?: number;
  /** Connections to one tenant's own database. Default 5. The database of a placement has as many as the pool of the main one. */
  readonly maxConnectionsPerTenant?: number;
  /** A connection that was not used for this long is closed. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /**
   * By name. `default` is the pool's own server unless it is named here; tenants with isolation `schema` and `row` live in the main database
   * there, in any case.
   */
  readonly placements?: Readonly<Record<string, PlacementOptions>>;
}

/** What a tenant pool has beyond a `pg.Pool`. */
export interface TenancyPoolOptions {
  /**
   * `statement` (default): the pin travels in the batch of each statement and ends with its transaction;
   * right on every connection, poolers included. `session`: the pin stays on the connection and is sent
   * again only for another tenant; direct connections only.
   */
  readonly pin?: PinMode;
  /**
   * The prefix of the roles that tenants act in (see `rolesOf`). Default `rowhouse`; two deployments on one server need
   * two. `false` leaves the login role in force: PostgreSQL then keeps no tenant from another, the search path alone does.
   */
  readonly roles?: string | false;
  /** Schemas behind the tenant's own, for reference tables. Default `['public']`. */
  readonly sharedSchemas?: readonly string[];
  /** The schema with the tables of tenants that have none of their own: isolation `row` and `database`. Default `public`. */
  readonly homeSchema?: string;
  /**
   * A connection is closed after it has acted for this many tenants, because each server process caches
   * the catalog entries of every table it ever touched. Default 1,000.
   */
  readonly maxTenantsPerConnection?: number;
  /**
   * Statements that a direct connection keeps prepared, of all tenants together; 0 for none. A text that a tenant sends for the second
   * time on a connection is parsed under a name, and not parsed, analysed or described again. Each costs the server process some twenty
   * kilobytes. Default 500.
   */
  readonly maxPreparedStatements?: number;
  /**
   * The longest message that is read from PostgreSQL, in bytes: a row, an error, a notice. A longer one ends its connection,
   * before it is gathered in memory. Default 67,108,864 (64 MiB); at most the length of V8's longest string.
   */
  readonly maxMessageBytes?: number;
  /** What a tenant may have where neither its plan nor an override says otherwise. */
  readonly limits?: TenantLimits;
  /** The plans by name, as the tenants name them. */
  readonly plans?: Plans;
  readonly guard?: GuardOptions;
  readonly databases?: DatabasesOptions;
  /** When reads go to replicas, of a data source that names some. */
  readonly replicas?: ReplicaOptions;
}

const urlReference = z.union(
  [
    z.strictObject({ env: z.string().min(1) }),
    z.custom<Extract<UrlReference, () => unknown>>((value) => typeof value === 'function'),
  ],
  "expected { env: 'NAME_OF_A_VARIABLE' } or a function that returns an address",
);

const schemaName = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected a lower-case schema name');

/** A field that is added to the options is a compile error here. */
const shape: { [Field in keyof Required<TenancyPoolOptions>]: z.ZodType } = {
  pin: z.enum(['statement', 'session'], "expected 'statement' or 'session'").default('statement'),
  roles: z
    .union(
      [z.literal(false), z.string().refine(isRolePrefix)],
      'expected a prefix of lower-case letters, or false',
    )
    .default('rowhouse'),
  sharedSchemas: z.array(schemaName).default(['public']),
  homeSchema: schemaName.default('public'),
  maxTenantsPerConnection: z.int().positive().default(1_000),
  maxPreparedStatements: z.int().nonnegative().default(500),
  maxMessageBytes: z
    .int()
    .min(1_024)
    .max(constants.MAX_STRING_LENGTH)
    .default(64 * 1_024 * 1_024),
  limits: limitsSchema.default({}),
  plans: plansSchema.default({}),
  guard: guardOptionsSchema.prefault({}),
  databases: z
    .strictObject({
      maxConnections: z.int().positive().default(50),
      maxConnectionsPerTenant: z.int().positive().default(5),
      idleTimeoutMs: z.int().nonnegative().default(30_000),
      placements: z
        .record(z.string(), z.strictObject({ url: urlReference, ownerUrl: urlReference.optional() }))
        .default({}),
    })
    .prefault({}),
  replicas: replicaOptionsSchema.prefault({}),
};

/** The options, checked, with every default filled in. */
export type TenancyPoolSettings = Readonly<
  Required<Omit<TenancyPoolOptions, 'plans' | 'databases' | 'guard' | 'replicas'>>
> & {
  readonly plans: DeclaredPlans;
  readonly guard: Required<GuardOptions>;
  readonly databases: Required<DatabasesOptions>;
  readonly replicas: Required<ReplicaOptions>;
};

const { plans: _plans, ...shapeWithoutPlans } = shape;

/**
 * The options of a tenant pool, as a strict schema: a field it does not know is an error. Without the plans, which stand above
 * the pool where there is more than a pool.
 */
export const tenancyPoolSchema = z.strictObject(shapeWithoutPlans) as unknown as z.ZodType<
  Omit<TenancyPoolSettings, 'plans'>,
  Omit<TenancyPoolOptions, 'plans'>
>;

const tenantPoolSchema = z.strictObject(shape) as unknown as z.ZodType<
  TenancyPoolSettings,
  TenancyPoolOptions
>;

/**
 * Checks the options and fills in the defaults; fields that are not a tenant pool's (pg's own) are left out.
 *
 * @throws {OptionsInvalidError} naming the path of each wrong option and what was expected.
 */
export function parsePoolOptions(options: TenancyPoolOptions): TenancyPoolSettings {
  const own = Object.fromEntries(
    Object.keys(shape).map((field) => [field, options[field as keyof TenancyPoolOptions]]),
  );
  return parseOptions('TenantPool', tenantPoolSchema, own);
}
