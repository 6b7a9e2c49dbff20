import { constants } from 'node:buffer';
import { z } from 'zod';
import { type GuardOptions, guardOptionsSchema } from './statement/guard/guard-options.js';
import { parseOptions } from './support/parse-options.js';
import type { PostgresAddress } from './support/postgres-address.js';
import { isRolePrefix, type Tenant } from './tenant.js';

/** How long a pin holds on a connection. */
export type PinMode = 'statement' | 'session';

/** What one tenant may have of the pool. Left out, a limit is that of the pool. */
export interface TenantLimits {
  /**
   * Connections at the same time. Default: as many as are free then, and at least 2. So one tenant alone has half of the
   * pool's `max` at most, and several who want all they can get leave a part free for the others.
   */
  readonly concurrency?: number;
  /** Requests waiting for a connection; one more is answered 503 at once. Default a hundred times `max`. */
  readonly queue?: number;
  /** PostgreSQL's `statement_timeout`, in milliseconds; 0 for none. Default: the login role's. */
  readonly statementTimeoutMs?: number;
  /** PostgreSQL's `idle_in_transaction_session_timeout`, in milliseconds; 0 for none. Default: the login role's. */
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * Connections a second that are closed because a lease left something on them: session state, a transaction, a statement
   * that was cancelled. Ten seconds' worth may come at once; then the tenant's next request waits. Default 10.
   */
  readonly discardsPerSecond?: number;
  /**
   * Bytes of the rows of one statement, as PostgreSQL sends them; more is an error, and closes the connection. What cursors
   * and streams read counts by the portion. Default: no limit.
   */
  readonly resultBytes?: number;
}

/** Where an address comes from: an environment variable that holds a URL, or a function that returns a URL or the fields. */
export type UrlReference =
  | { readonly env: string }
  | (() => string | PostgresAddress | Promise<string | PostgresAddress>);

/** A PostgreSQL server that holds databases of tenants. */
export interface PlacementOptions {
  /** `postgres://login:password@host:port/database` of the application's login; the database's name is replaced. */
  readonly url: UrlReference;
  /** The same for the login that makes databases and owns what is in them. Default: `url`. */
  readonly ownerUrl?: UrlReference;
}

/** How tenants with isolation `database` are connected to. */
export interface DatabasesOptions {
  /** Connections of this process to all databases of tenants together. Default 50. */
  readonly maxConnections?: number;
  /** Connections to one tenant's database. Default 5. */
  readonly maxConnectionsPerTenant?: number;
  /** A connection that was not used for this long is closed. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** The servers by the name of their placement. `default` is the pool's own server unless it is named here. */
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
   * The longest message that is read from PostgreSQL, in bytes: a row, an error, a notice. A longer one ends its connection,
   * before it is gathered in memory. Default 67,108,864 (64 MiB); at most the length of V8's longest string.
   */
  readonly maxMessageBytes?: number;
  /** What each tenant may have, and tenants of a plan in particular. */
  readonly limits?: TenantLimits & { readonly plans?: Readonly<Record<string, TenantLimits>> };
  readonly guard?: GuardOptions;
  readonly databases?: DatabasesOptions;
}

const limitsShape = {
  concurrency: z.int().positive().optional(),
  queue: z.int().nonnegative().optional(),
  statementTimeoutMs: z.int().nonnegative().optional(),
  idleInTransactionTimeoutMs: z.int().nonnegative().optional(),
  discardsPerSecond: z.number().positive().optional(),
  resultBytes: z.int().positive().optional(),
};

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
  maxMessageBytes: z
    .int()
    .min(1_024)
    .max(constants.MAX_STRING_LENGTH)
    .default(64 * 1_024 * 1_024),
  limits: z
    .strictObject({ ...limitsShape, plans: z.record(z.string(), z.strictObject(limitsShape)).default({}) })
    .prefault({}),
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
};

/** The options, checked, with every default filled in. */
export type TenancyPoolSettings = Readonly<
  Required<Omit<TenancyPoolOptions, 'limits' | 'databases' | 'guard'>>
> & {
  readonly limits: TenantLimits & { readonly plans: Readonly<Record<string, TenantLimits>> };
  readonly guard: Required<GuardOptions>;
  readonly databases: Required<DatabasesOptions>;
};

/** The options of a tenant pool, as a strict schema: a field it does not know is an error. */
export const tenancyPoolSchema = z.strictObject(shape) as unknown as z.ZodType<
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
  return parseOptions('TenantPool', tenancyPoolSchema, own);
}

/** The limits of a tenant: its plan's, else those of the pool. */
export function limitsOf(
  limits: TenancyPoolSettings['limits'],
  { plan }: Pick<Tenant, 'plan'>,
): TenantLimits {
  const ofPlan = Object.hasOwn(limits.plans, plan) ? limits.plans[plan] : undefined;
  return ofPlan ? { ...limits, ...withoutUndefined(ofPlan) } : limits;
}

function withoutUndefined(limits: TenantLimits): TenantLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
