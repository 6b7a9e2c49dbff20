import pg from 'pg';
import type { OperatorEntry } from '../entries/operator-entry.js';
import {
  PlacementUnavailableError,
  StatementRefusedError,
  TenantContextMissingError,
  TenantPoolExhaustedError,
} from '../errors.js';
import { bindToCaller } from '../pin/caller-context.js';
import type { PoolInternals } from '../pin/pg-internals.js';
import { type OwnerScope, observedKeyOf, type Pin, PinFactory, type ScriptPin } from '../pin/pin.js';
import { type ConnectionStats, PinnedClient } from '../pin/pinned-client.js';
import { EffectivePlans } from '../plans/effective-plan.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { isOutOfService } from '../replicas/replica-fault.js';
import { PoolGuard } from '../statement/guard/pool-guard.js';
import { withFields } from '../support/postgres-address.js';
import { watchRoute } from '../support/route-watch.js';
import type { Tenant } from '../tenant.js';
import { TenantContext, type TenantScope } from '../tenant-context.js';
import { Admission, type ConnectionRequest } from './admission.js';
import { placeOf } from './affinity.js';
import type { ConnectionBudget } from './connection-budget.js';
import type { TurnStats } from './fair-queue.js';
import { PoolObservation } from './pool-observation.js';
import { TenantClient } from './tenant-client.js';

/** How long a request waits for a connection by default; pg-pool would wait for ever. */
const ACQUIRE_TIMEOUT_MS = 10_000;
/** As in pg-pool. */
const MAX_CONNECTIONS = 10;

/** Whom a connection is to act for. */
export type PoolScope = TenantScope | OwnerScope;

/** A database beside the main one: a tenant's own, or that of a placement. */
export interface OtherDatabase {
  /** By {@link databaseKeyOf}. */
  readonly key: string;
  readonly placement: string;
  /** Whether it is one tenant's own. */
  readonly isExclusive: boolean;
  /** The comment that it must bear. */
  readonly mark: string;
  /** What is thrown where it bears another, or none. */
  unmarked(): Error;
  /** Connections that its pool shares with those of the other databases. */
  readonly budget: ConnectionBudget;
}

export interface DatabasePoolStats {
  /** Connections that it may open. */
  readonly max: number;
  /** Connections open. */
  readonly total: number;
  readonly idle: number;
  /** Requests waiting for a connection. */
  readonly waiting: number;
  /** Requests that were refused because too many of their tenant were waiting already. */
  readonly refused: number;
  /** Requests that got no connection within their time limit. */
  readonly timedOut: number;
  /** What each tenant has and waits for, by its id; the system by the empty string. Tenants with neither are left out. */
  readonly tenants: ReadonlyMap<string, TurnStats>;
  /** Each connection that is open. */
  readonly connections: readonly ConnectionStats[];
  /** Connections closed because they had acted for too many tenants. */
  readonly recycled: number;
  /** Connections closed because their lease left a transaction, a statement or session state behind. */
  readonly discarded: number;
}

export type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: TenantClient['release'],
) => void;

/** Passed to callbacks that get an error instead of a client. */
const nothingToRelease = () => {};

/**
 * Captured while the module loads, outside of any context. The events of a socket run in the context in which it was
 * opened: code that continues from such an event by mistake finds no tenant, rather than the one that happened to open
 * the connection.
 */
const outsideAnyContext = TenantContext.capture();

/**
 * The `pg.Pool` of one database. Each client that it hands out is a lease: the connection, pinned to the tenant in whose
 * context it was asked for. Without a tenant or system context it hands out nothing.
 *
 * Tenants take turns (`Admission`), and each stays with few connections (`affinityOf`).
 */
export class DatabasePool extends pg.Pool {
  readonly #settings: TenancyPoolSettings;
  readonly #pins: PinFactory;
  readonly #other: OtherDatabase | undefined;
  readonly #admission: Admission;
  readonly #observation: PoolObservation;
  #usedAt = 0;
  #recycled = 0;
  #discarded = 0;

  /** @param other - where it is not the main database. */
  constructor(
    config: pg.PoolConfig,
    settings: TenancyPoolSettings,
    other?: OtherDatabase,
    observation = new PoolObservation(),
  ) {
    const { connectionTimeoutMillis = ACQUIRE_TIMEOUT_MS, max = MAX_CONNECTIONS } = config;
    const plans = new EffectivePlans(settings);
    const pins = new PinFactory({ ...settings, plans, database: other?.key });
    super(
      withFields(config, {
        max,
        connectionTimeoutMillis,
        pins,
        guard: new PoolGuard(settings),
        maxMessageBytes: settings.maxMessageBytes,
        maxPreparedStatements: settings.maxPreparedStatements,
        observation,
        Client: PinnedClient as unknown as new () => pg.ClientBase,
        verify: (client: pg.PoolClient, done: (error?: Error) => void) =>
          (client as unknown as PinnedClient).identify(other).then(() => done(), done),
      }),
    );
    // An idle connection that breaks is replaced when the next one is needed; without a listener it would end the process.
    this.on('error', () => {});
    watchRoute(this);
    this.#settings = settings;
    this.#pins = pins;
    this.#observation = observation;
    this.#other = other;
    const isExclusive = other?.isExclusive ?? false;
    this.#admission = new Admission({
      max,
      plans,
      timeoutMs: connectionTimeoutMillis,
      isExclusive,
      budget: other?.budget,
      suits: isExclusive ? undefined : (key) => this.#freed?.suits(key) ?? 0,
    });
    // pg-pool's own queue stays empty: requests wait in the admission queue.
    Object.defineProperty(this, 'waitingCount', { get: () => this.#admission.waiting });
  }

  /**
   * A client for the tenant of the context at this moment. The context of the code that releases a connection
   * to it makes no difference.
   *
   * @throws {TenantContextMissingError} when no tenant and no system context is in force.
   * @throws {TenantPoolExhaustedError} when none became free in `connectionTimeoutMillis` (default 10,000), or too many
   *   requests of its tenant are waiting already.
   */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    return this.connectAs(TenantContext.scope(), callback);
  }

  stats(): DatabasePoolStats {
    return {
      max: this.options.max,
      total: this.totalCount,
      idle: this.idleCount,
      waiting: this.waitingCount,
      ...this.#admission.stats,
      connections: (this as unknown as PoolInternals<PinnedClient>)._clients.map((client) => client.stats()),
      recycled: this.#recycled,
      discarded: this.#discarded,
    };
  }

  /**
   * Gives some tenants no more connections at the same time than they are named with, by their ids, whatever their limits. It takes the
   * place of what was given before. Leases that have begun go on; what is asked beyond waits in the tenant's own queue.
   *
   * @param connections - at least 1 each.
   */
  throttle(connections: ReadonlyMap<string, number>): void {
    this.#admission.throttle(connections);
  }

  /** The connection that the next request gets. */
  get #freed(): PinnedClient | undefined {
    return (this as unknown as PoolInternals<PinnedClient>)._idle.at(-1)?.client;
  }

  /** Connections in use, and those that are being opened. */
  get activeCount(): number {
    return this.#admission.active;
  }

  /** When a connection was last asked for, on the clock of `performance.now()`. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Closes the connection that has been idle the longest, if there is one. Resolves when it is closed. */
  closeOneIdle(): Promise<void> {
    const internals = this as unknown as PoolInternals<PinnedClient>;
    const [oldest] = internals._idle;
    if (!oldest) return Promise.resolve();
    return new Promise((resolve) => internals._remove(oldest.client, resolve));
  }

  /** The schema that holds the tables of a tenant. */
  schemaOf(tenant: Tenant): string {
    return this.#pins.schemaOf(tenant);
  }

  /** Makes what follows in a script act for another scope of this database. */
  protected scriptPin(scope: PoolScope): ScriptPin {
    return this.#pins.inScript(this.#pins.of(scope, TenantContext.entry()));
  }

  /** The pool that serves the scope instead of this one; `undefined` when this one does. */
  protected poolFor(_scope: PoolScope): Promise<DatabasePool> | undefined {
    return undefined;
  }

  /** As {@link connect}, for a given scope. The callback runs in the caller's async context. */
  protected connectAs(
    scope: PoolScope | undefined,
    callback?: ConnectCallback,
  ): Promise<pg.PoolClient> | undefined {
    if (!callback) {
      return new Promise((resolve, reject) => {
        this.#route(scope, (error, client) => (client ? resolve(client) : reject(error)));
      });
    }
    this.#route(scope, bindToCaller(callback));
    return undefined;
  }

  #route(scope: PoolScope | undefined, callback: ConnectCallback): void {
    const other = scope && this.poolFor(scope);
    if (!other) {
      this.#acquire(scope, callback);
      return;
    }
    other.then(
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
    const askedAt = performance.now();
    this.#usedAt = askedAt;
    const tenant = scope.kind === 'tenant' ? scope.tenant : undefined;
    const signal = scope.kind === 'system' ? undefined : scope.signal;
    const request = { key: pin.key, tenant, signal };
    let isAtOnce = true;
    this.#admission.enter(endingWith(pin.entry, request), this, (error) => {
      if (!isAtOnce) this.#observation.observer?.waited(observedKeyOf(pin), performance.now() - askedAt);
      if (error) process.nextTick(callback, this.#noteError(pin, error), undefined, nothingToRelease);
      else this.#take(pin, request, callback);
    });
    isAtOnce = false;
  }

  #noteError(pin: Pin, error: Error): Error {
    if (error instanceof TenantPoolExhaustedError) this.#observation.observer?.exhausted(observedKeyOf(pin));
    return error;
  }

  #pinFor(scope: PoolScope | undefined): Pin | Error {
    if (!scope) return new TenantContextMissingError();
    try {
      // Also for a tenant or a system that is named outright.
      return this.#pins.of(scope, TenantContext.entry());
    } catch (error) {
      return error as Error;
    }
  }

  /** Takes a connection, now that the request is admitted: one is idle, or there is room to open one. */
  #take(pin: Pin, request: ConnectionRequest, callback: ConnectCallback): void {
    const internals = this as unknown as PoolInternals<PinnedClient>;
    const servedAtOnce = internals._idle.length > 0 && internals._pendingQueue.length === 0;
    if (servedAtOnce) moveBestFitLast(internals._idle, pin);
    outsideAnyContext(() => {
      super.connect((error, client, release) => {
        if (client) {
          callback(undefined, ...this.#leaseOf(client as unknown as PinnedClient, pin, release, request));
          return;
        }
        this.#admission.leave(pin.key);
        callback(this.#noteError(pin, this.#explain(error)), undefined, nothingToRelease);
      });
      // Hand it over before another request moves its own best fit to the end.
      if (servedAtOnce) internals._pulseQueue();
    });
  }

  #leaseOf(
    client: PinnedClient,
    pin: Pin,
    release: (error?: Error | boolean) => void,
    request: ConnectionRequest,
  ): [pg.PoolClient, TenantClient['release']] {
    const end = (reason?: Error | boolean) => {
      if (reason) this.#admission.discarded(request);
      const mustClose = reason || this.#mustClose(client, request);
      release(mustClose);
      if (mustClose) this.#replace(() => this.#admission.leave(pin.key));
      else this.#admission.leave(pin.key);
    };
    // pool.query() releases with the error of its statement, and then the connection may be as good as before.
    const giveBack = (error?: Error | boolean) => {
      if (isOfStatement(error)) client.afterFailure(() => end());
      else end(error);
    };
    const lease = new TenantClient(client, pin, giveBack, request.signal);
    return [lease as unknown as pg.PoolClient, lease.release];
  }

  /**
   * Opens a connection in place of one that was closed, and calls back when it is idle. Until then the closed one counts as
   * its lease's: who leaves something on connections waits for new ones, instead of the next tenant that needs one.
   */
  #replace(done: () => void): void {
    if (this.ending || this.#other?.isExclusive) {
      done();
      return;
    }
    const request = {
      timedOut: false,
      callback: (_error: Error | undefined, _client: unknown, release: () => void) => {
        release();
        done();
      },
    } as const;
    outsideAnyContext(() => (this as unknown as PoolInternals<PinnedClient>).newClient(request));
  }

  #mustClose(client: PinnedClient, request: ConnectionRequest): boolean {
    if (!client.isClean) {
      this.#discarded += 1;
      this.#admission.discarded(request);
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
    if (this.#other && isOutOfService(error))
      return new PlacementUnavailableError(this.#other.placement, error);
    return error ?? new Error('The pool handed out no client.');
  }
}

/** A request that waits until its own signal is aborted, or the entry ends that it is made under. */
function endingWith(entry: OperatorEntry | undefined, request: ConnectionRequest): ConnectionRequest {
  if (!entry) return request;
  const { signal } = request;
  return { ...request, signal: signal ? AbortSignal.any([signal, entry.ended]) : entry.ended };
}

/** Whether an error is of one statement: the guard refused it, or the server did. */
function isOfStatement(error: Error | boolean | undefined): boolean {
  if (error instanceof StatementRefusedError) return true;
  return error instanceof pg.DatabaseError && error.severity === 'ERROR';
}

/** pg-pool takes the last idle connection, so the best one is moved there: one that is pinned to the tenant, else the one that suits it best. */
function moveBestFitLast(idle: PoolInternals<PinnedClient>['_idle'], pin: Pin): void {
  let best = -1;
  let bestSuits = -1;
  const place = placeOf(pin.key);
  for (let index = idle.length - 1; index >= 0; index -= 1) {
    const client = idle[index]?.client;
    if (!client) continue;
    const suits = client.fits(pin) ? Number.POSITIVE_INFINITY : client.suits(pin.key, place);
    if (suits > bestSuits) {
      best = index;
      bestSuits = suits;
    }
  }
  if (best !== -1 && best !== idle.length - 1) idle.push(...idle.splice(best, 1));
}
