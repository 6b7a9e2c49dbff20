import pg from 'pg';
import { TenantContextMissingError } from '../errors.js';
import { inContextOfAsker } from '../pin/caller-context.js';
import { type OwnerScope, type Pin, PinFactory } from '../pin/pin.js';
import { PinnedClient } from '../pin/pinned-client.js';
import { parsePoolOptions, type TenancyPoolOptions, type TenancyPoolSettings } from '../pool-options.js';
import type { Tenant } from '../tenant.js';
import { auditSystemEntry, TenantContext, type TenantScope } from '../tenant-context.js';
import { Admission } from './admission.js';
import { type DatabasePoolConfig, DatabasePools } from './database-pools.js';
import type { PartyStats } from './fair-queue.js';
import { type GuardedPool, guardPool } from './guarded-pool.js';
import { TenantClient } from './tenant-client.js';

export interface TenantPoolConfig extends pg.PoolConfig, TenancyPoolOptions {}

/** How long a request waits for a connection unless told otherwise; pg-pool would wait for ever. */
const ACQUIRE_TIMEOUT_MS = 10_000;
/** As in pg-pool. */
const MAX_CONNECTIONS = 10;

type PoolScope = TenantScope | OwnerScope;

/** The parts of pg-pool that affinity needs; `tenant-pool.spec.ts` fails when they go away. */
interface PoolInternals {
  readonly _idle: Array<{ readonly client: PinnedClient }>;
  readonly _pendingQueue: readonly unknown[];
  _pulseQueue(): void;
  _remove(client: unknown, done: () => void): void;
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: TenantClient['release'],
) => void;

export interface TenantPoolStats {
  /** Connections open. */
  readonly total: number;
  readonly idle: number;
  /** Requests waiting for a connection. */
  readonly waiting: number;
  /** Requests that were refused because too many of their tenant waited already. */
  readonly refused: number;
  /** Requests that waited in vain. */
  readonly timedOut: number;
  /** What each tenant has and waits for, by its id; the system by the empty string. Tenants with neither are left out. */
  readonly tenants: ReadonlyMap<string, PartyStats>;
  /** Connections closed because they had acted for too many tenants. */
  readonly recycled: number;
  /** Connections closed because their lease left a transaction, a statement or session state behind. */
  readonly discarded: number;
  /** The pools of tenants with a database of their own, by placement and tenant id. */
  readonly databases: ReadonlyMap<string, TenantPoolStats>;
}

const NO_POOLS: ReadonlyMap<string, TenantPoolStats> = new Map();

const nothingToRelease = () => {};

/**
 * Taken at load, outside of everything. A socket keeps the context in which it was opened and its events come in that;
 * whoever goes on from there by mistake shall find no tenant rather than the one that happened to be first.
 */
const outsideAnyContext = TenantContext.capture();

/**
 * A `pg.Pool` for many tenants: what it hands out acts for the tenant in whose context it was asked for,
 * and asking outside any context is an error.
 *
 * Use it wherever a `pg.Pool` goes (plain pg, Kysely, Drizzle, TypeORM). Connections that served a tenant
 * before are preferred for it, so that its tables are in the server process's cache.
 */
export class TenantPool extends pg.Pool {
  readonly #settings: TenancyPoolSettings;
  readonly #pins: PinFactory;
  readonly #admission: Admission;
  readonly #databases: DatabasePools | undefined;
  #usedAt = 0;
  #recycled = 0;
  #discarded = 0;

  /** @throws {OptionsInvalidError} naming the path of each wrong option. */
  constructor(config: TenantPoolConfig) {
    const settings = parsePoolOptions(config);
    const { databaseOf, budget } = config as Partial<DatabasePoolConfig>;
    const { connectionTimeoutMillis = ACQUIRE_TIMEOUT_MS, max = MAX_CONNECTIONS } = config;
    const pins = new PinFactory({ ...settings, databaseOf });
    const guarded: GuardedPool = guardPool(settings);
    super({
      ...config,
      max,
      connectionTimeoutMillis,
      pins,
      guard: guarded.check,
      Client: PinnedClient as unknown as new () => pg.ClientBase,
      verify: (client: PinnedClient, done: (error?: unknown) => void) =>
        client.identify(guarded, databaseOf).then(() => done(), done),
    } as unknown as pg.PoolConfig);
    this.#settings = settings;
    this.#pins = pins;
    this.#admission = new Admission({
      max,
      limits: settings.limits,
      timeoutMs: connectionTimeoutMillis,
      isExclusive: databaseOf !== undefined,
      budget,
    });
    // pg-pool's own queue stays empty: who waits, waits for a turn.
    Object.defineProperty(this, 'waitingCount', { get: () => this.#admission.waiting });
    if (!databaseOf)
      this.#databases = new DatabasePools(
        settings.databases,
        config,
        (databaseConfig) => new TenantPool({ ...databaseConfig, ...settings }),
      );
  }

  /**
   * A client for the tenant of the context at this moment, whoever's chain it is handed over in.
   *
   * @throws {TenantContextMissingError} when no tenant and no system context is in force.
   * @throws {TenantPoolExhaustedError} when none became free in `connectionTimeoutMillis` (default 10,000), or too many
   *   of its tenant wait already.
   */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    return this.#connectAs(TenantContext.scope(), callback);
  }

  /** This pool, acting for `tenant` whatever the context. It shares the pool's connections and is not ended by itself. */
  for(tenant: Tenant): pg.Pool {
    return this.#view({ kind: 'tenant', tenant });
  }

  /**
   * This pool, acting for the login that it connects as, with the path of a tenant's home (left out: of the shared
   * schemas) and without a role: what an owner may do to its schemas. For direct connections of the login that owns them.
   *
   * @param reason - for the audit log.
   * @param options.mayBeMissing - the home is yet to be made: by the first statement, since what names no schema would be
   *   made in a shared one otherwise.
   */
  asOwner(reason: string, tenant?: Tenant, { mayBeMissing }: { mayBeMissing?: boolean } = {}): pg.Pool {
    auditSystemEntry(reason);
    return this.#view({ kind: 'owner', tenant, mayBeMissing });
  }

  /** The schema that holds the tables of a tenant. */
  schemaOf({ isolation, schema }: Tenant): string {
    return isolation === 'schema' ? schema : this.#settings.homeSchema;
  }

  stats(): TenantPoolStats {
    return {
      total: this.totalCount,
      idle: this.idleCount,
      waiting: this.waitingCount,
      ...this.#admission.stats,
      recycled: this.#recycled,
      discarded: this.#discarded,
      databases: this.#databases?.stats() ?? NO_POOLS,
    };
  }

  /** Connections handed out, or promised. */
  get activeCount(): number {
    return this.#admission.active;
  }

  /** When a connection was last asked for, on the clock of `performance.now()`. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Closes the connection that has been idle the longest, if there is one, and answers when it is closed. */
  closeOneIdle(): Promise<void> {
    const { _idle: idle } = this as unknown as PoolInternals;
    const [oldest] = idle;
    if (!oldest) return Promise.resolve();
    return new Promise((resolve) => {
      (this as unknown as PoolInternals)._remove(oldest.client, resolve);
    });
  }

  /** Ends when every connection has come back, those to databases of tenants too. */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    const ended = Promise.all([super.end(), this.#databases?.end()]).then(() => {});
    if (!callback) return ended;
    ended.then(callback, callback);
    return undefined;
  }

  #view(scope: PoolScope): pg.Pool {
    return Object.create(this, {
      connect: { value: (callback?: ConnectCallback) => this.#connectAs(scope, callback) },
      end: { value: async () => {} },
      for: { value: (other: Tenant) => this.for(other) },
      asOwner: { value: (...args: Parameters<TenantPool['asOwner']>) => this.asOwner(...args) },
      stats: { value: () => this.stats() },
      waitingCount: { get: () => this.waitingCount },
    }) as pg.Pool;
  }

  #connectAs(scope: PoolScope | undefined, callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (!callback) {
      return new Promise((resolve, reject) => {
        this.#route(scope, (error, client) => (client ? resolve(client) : reject(error)));
      });
    }
    this.#route(scope, inContextOfAsker(callback));
    return undefined;
  }

  /** To the pool of the database that the tenant lives in. */
  #route(scope: PoolScope | undefined, callback: ConnectCallback): void {
    const tenant = scope?.kind === 'system' ? undefined : scope?.tenant;
    if (tenant?.isolation !== 'database' || !this.#databases) {
      this.#acquire(scope, callback);
      return;
    }
    this.#databases.poolOf(tenant).then(
      (pool) => pool.#acquire(scope, callback),
      (error) => callback(error, undefined, nothingToRelease),
    );
  }

  #acquire(scope: PoolScope | undefined, callback: ConnectCallback): void {
    const pin = this.#pinFor(scope);
    if (!scope || pin instanceof Error) {
      process.nextTick(callback, pin, undefined, nothingToRelease);
      return;
    }
    this.#usedAt = performance.now();
    const [tenant, signal] = scope.kind === 'tenant' ? [scope.tenant, scope.signal] : [];
    this.#admission.enter({ key: pin.key, tenant, signal }, this, (error) => {
      if (error) process.nextTick(callback, error, undefined, nothingToRelease);
      else this.#take(pin, signal, callback);
    });
  }

  /** Takes a connection, now that one is due: it is idle, or there is room to open it. */
  #take(pin: Pin, signal: AbortSignal | undefined, callback: ConnectCallback): void {
    const { _idle: idle, _pendingQueue: pending } = this as unknown as PoolInternals;
    const servedAtOnce = idle.length > 0 && pending.length === 0;
    if (servedAtOnce) moveBestFitLast(idle, pin);
    outsideAnyContext(() => {
      super.connect((error, client, release) => {
        if (client) {
          callback(undefined, ...this.#leaseOf(client as unknown as PinnedClient, pin, release, signal));
          return;
        }
        this.#admission.leave(pin.key);
        callback(this.#explain(error), undefined, nothingToRelease);
      });
      // Hand it over before another request moves its own best fit to the end.
      if (servedAtOnce) (this as unknown as PoolInternals)._pulseQueue();
    });
  }

  #pinFor(scope: PoolScope | undefined): Pin | Error {
    if (!scope) return new TenantContextMissingError();
    try {
      return this.#pins.of(scope);
    } catch (error) {
      return error as Error;
    }
  }

  #leaseOf(
    client: PinnedClient,
    pin: Pin,
    release: (error?: Error | boolean) => void,
    signal: AbortSignal | undefined,
  ): [pg.PoolClient, TenantClient['release']] {
    const giveBack = (error?: Error | boolean) => {
      release(error || this.#mustClose(client));
      this.#admission.leave(pin.key);
    };
    const lease = new TenantClient(client, pin, giveBack, signal);
    return [lease as unknown as pg.PoolClient, lease.release];
  }

  #mustClose(client: PinnedClient): boolean {
    if (!client.isClean) {
      this.#discarded += 1;
      return true;
    }
    if (client.pinnedKeys.size > this.#settings.maxTenantsPerConnection) {
      this.#recycled += 1;
      return true;
    }
    return false;
  }

  #explain(error: Error | undefined): Error {
    if (error?.message === 'timeout exceeded when trying to connect')
      return this.#admission.timeoutError(error);
    return error ?? new Error('The pool handed out no client.');
  }
}

/**
 * pg-pool takes the last idle connection: make that one pinned to the tenant, else one that has served it
 * before, else the one that has served the fewest.
 */
function moveBestFitLast(idle: PoolInternals['_idle'], pin: Pin): void {
  let best = -1;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let index = idle.length - 1; index >= 0; index -= 1) {
    const client = idle[index]?.client;
    if (!client) continue;
    if (client.fits(pin)) {
      best = index;
      break;
    }
    const rank = client.pinnedKeys.has(pin.key) ? -1 : client.pinnedKeys.size;
    if (rank < bestRank) {
      best = index;
      bestRank = rank;
    }
  }
  if (best !== -1) idle.push(...idle.splice(best, 1));
}
