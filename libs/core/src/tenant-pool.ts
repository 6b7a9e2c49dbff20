import pg from 'pg';
import { z } from 'zod';
import { inContextOfAsker } from './asker.js';
import { TenantContextMissingError, TenantPoolExhaustedError } from './errors.js';
import { type Pin, PinFactory } from './pin.js';
import { PinnedClient } from './pinned-client.js';
import type { Tenant } from './tenant.js';
import { TenantClient } from './tenant-client.js';
import { TenantContext, type TenantScope } from './tenant-context.js';

/** How long a pin holds on a connection. */
export type PinMode = 'statement' | 'session';

/** What a tenant pool has beyond a `pg.Pool`. */
export interface TenancyPoolOptions {
  /**
   * `statement` (default): the pin travels in the batch of each statement and ends with its transaction;
   * right on every connection, poolers included. `session`: the pin stays on the connection and is sent
   * again only for another tenant; direct connections only.
   */
  readonly pin?: PinMode;
  /** Schemas behind the tenant's own, for reference tables. Default `['public']`. */
  readonly sharedSchemas?: readonly string[];
  /**
   * A connection is closed after it has acted for this many tenants, because each server process caches
   * the catalog entries of every table it ever touched. Default 1,000.
   */
  readonly maxTenantsPerConnection?: number;
}

export interface TenantPoolConfig extends pg.PoolConfig, TenancyPoolOptions {}

const optionsSchema = z.object({
  pin: z.enum(['statement', 'session']).default('statement'),
  sharedSchemas: z.array(z.string()).default(['public']),
  maxTenantsPerConnection: z.int().positive().default(1_000),
  connectionTimeoutMillis: z.int().nonnegative().default(10_000),
});

/** The parts of pg-pool that affinity needs; `tenant-pool.spec.ts` fails when they go away. */
interface PoolInternals {
  readonly _idle: Array<{ readonly client: PinnedClient }>;
  readonly _pendingQueue: readonly unknown[];
  _pulseQueue(): void;
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
  /** Connections closed because they had acted for too many tenants. */
  readonly recycled: number;
  /** Connections closed because their lease left a transaction, a statement or session state behind. */
  readonly discarded: number;
}

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
  readonly #pins: PinFactory;
  readonly #maxTenantsPerConnection: number;
  readonly #acquireTimeoutMs: number;
  #recycled = 0;
  #discarded = 0;

  constructor(config: TenantPoolConfig) {
    const { pin, sharedSchemas, maxTenantsPerConnection, connectionTimeoutMillis } =
      optionsSchema.parse(config);
    const pinExtent = pin === 'session' ? 'session' : 'transaction';
    const pins = new PinFactory(sharedSchemas, pinExtent);
    super({
      ...config,
      connectionTimeoutMillis,
      pinExtent,
      Client: PinnedClient as unknown as new () => pg.ClientBase,
      verify: (client: PinnedClient, done: (error?: unknown) => void) =>
        client.identify().then(() => done(), done),
    } as unknown as pg.PoolConfig);
    this.#pins = pins;
    this.#maxTenantsPerConnection = maxTenantsPerConnection;
    this.#acquireTimeoutMs = connectionTimeoutMillis;
  }

  /**
   * A client for the tenant of the context at this moment, whoever's chain it is handed over in.
   *
   * @throws {TenantContextMissingError} when no tenant and no system context is in force.
   * @throws {TenantPoolExhaustedError} when none became free in `connectionTimeoutMillis` (default 10,000).
   */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    return this.connectAs(TenantContext.scope(), callback);
  }

  /** This pool, acting for `tenant` whatever the context. It shares the pool's connections and is not ended by itself. */
  for(tenant: Tenant): pg.Pool {
    const scope: TenantScope = { kind: 'tenant', tenant };
    return Object.create(this, {
      connect: { value: (callback?: ConnectCallback) => this.connectAs(scope, callback) },
      end: { value: async () => {} },
      for: { value: (other: Tenant) => this.for(other) },
      stats: { value: () => this.stats() },
    }) as pg.Pool;
  }

  stats(): TenantPoolStats {
    return {
      total: this.totalCount,
      idle: this.idleCount,
      waiting: this.waitingCount,
      recycled: this.#recycled,
      discarded: this.#discarded,
    };
  }

  protected connectAs(
    scope: TenantScope | undefined,
    callback?: ConnectCallback,
  ): Promise<pg.PoolClient> | undefined {
    if (!callback) {
      return new Promise((resolve, reject) => {
        this.#acquire(scope, (error, client) => (client ? resolve(client) : reject(error)));
      });
    }
    this.#acquire(scope, inContextOfAsker(callback));
    return undefined;
  }

  #acquire(scope: TenantScope | undefined, callback: ConnectCallback): void {
    const pin = this.#pinFor(scope);
    if (pin instanceof Error) {
      process.nextTick(callback, pin, undefined, nothingToRelease);
      return;
    }
    const { _idle: idle, _pendingQueue: pending } = this as unknown as PoolInternals;
    const servedAtOnce = idle.length > 0 && pending.length === 0;
    if (servedAtOnce) moveBestFitLast(idle, pin);
    outsideAnyContext(() => {
      super.connect((error, client, release) => {
        if (error || !client) callback(this.#explain(error), undefined, nothingToRelease);
        else this.#handOver(client as unknown as PinnedClient, pin, release, callback);
      });
      // Hand it over before another request moves its own best fit to the end.
      if (servedAtOnce) (this as unknown as PoolInternals)._pulseQueue();
    });
  }

  #pinFor(scope: TenantScope | undefined): Pin | Error {
    if (!scope) return new TenantContextMissingError();
    try {
      return this.#pins.of(scope);
    } catch (error) {
      return error as Error;
    }
  }

  #handOver(
    client: PinnedClient,
    pin: Pin,
    release: (error?: Error | boolean) => void,
    callback: ConnectCallback,
  ): void {
    const lease = new TenantClient(client, pin, (error) => release(error || this.#mustClose(client)));
    callback(undefined, lease as unknown as pg.PoolClient, lease.release);
  }

  #mustClose(client: PinnedClient): boolean {
    if (!client.isClean) {
      this.#discarded += 1;
      return true;
    }
    if (client.pinnedKeys.size > this.#maxTenantsPerConnection) {
      this.#recycled += 1;
      return true;
    }
    return false;
  }

  #explain(error: Error | undefined): Error {
    const timedOut = error?.message === 'timeout exceeded when trying to connect';
    if (timedOut) return new TenantPoolExhaustedError(this.#acquireTimeoutMs, error);
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
