import { z } from 'zod';
import { type ApiKeyFacts, type TenantOfApiKey, UNKNOWN_API_KEY } from '../api-keys/api-key-facts.js';
import {
  type IdentifierKind,
  RowhouseError,
  TenantIdInvalidError,
  TenantStoreUnavailableError,
} from '../errors.js';
import { parseOptions } from '../support/parse-options.js';
import { isHostname, isTenantId, parseTenantSlug, type Tenant } from '../tenant.js';
import { isAlias, keyOf, TenantCache } from './tenant-cache.js';
import {
  isTenantChangeFeed,
  type TenantChangeFeed,
  type TenantChangeHandler,
  type TenantListOptions,
  type TenantPage,
  type TenantStore,
} from './tenant-store.js';

/** What a request says about its tenant. */
export interface TenantIdentifier {
  readonly kind: IdentifierKind;
  readonly value: string;
}

export interface TenantDirectoryOptions {
  /** How many tenants are held. Default 10,000. */
  readonly max?: number;
  /** How long a tenant is served without asking the store. Default 60,000. */
  readonly ttlMs?: number;
  /** How many unknown identifiers are held, apart from the tenants. Default 10,000. */
  readonly negativeMax?: number;
  /** How long an identifier counts as unknown without asking the store. Default 5,000. */
  readonly negativeTtlMs?: number;
  /** How long after its time a tenant may be served while the store fails. Default 300,000. */
  readonly staleIfErrorMs?: number;
  /** While the store fails, how long an overdue tenant is served before the store is tried again. Default 1,000. */
  readonly storeRetryMs?: number;
  /** Tells of changes. Default: the store, when it is a feed; `false` for none. */
  readonly feed?: TenantChangeFeed | false;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
}

export interface TenantDirectoryStats {
  /** Look-ups answered with a tenant from memory. */
  readonly hits: number;
  /** Look-ups answered with "unknown" from memory. */
  readonly negativeHits: number;
  /** Look-ups that went to the store or joined one that was on its way. */
  readonly misses: number;
  /** Calls of the store that failed. */
  readonly storeErrors: number;
  /** Failed calls of the store after which an overdue tenant was served. */
  readonly staleHits: number;
  /** Tenants that had to make room for others. */
  readonly evictions: number;
  /** Tenants held. */
  readonly size: number;
  /** Unknown identifiers held. */
  readonly negativeSize: number;
  /** Calls of the store under way. */
  readonly inFlight: number;
  /** Since when the store has answered no call; `undefined` when it answered the last one. */
  readonly failingSince: Date | undefined;
}

const count = z.number().int().min(0);

const optionsSchema = z.strictObject({
  max: count.min(1).default(10_000),
  ttlMs: count.default(60_000),
  negativeMax: count.min(1).default(10_000),
  negativeTtlMs: count.default(5_000),
  staleIfErrorMs: count.default(300_000),
  storeRetryMs: count.default(1_000),
  feed: z
    .union([
      z.literal(false),
      z.custom<TenantChangeFeed>(
        (value) => typeof value === 'object' && value !== null && isTenantChangeFeed(value),
        'expected a feed or false',
      ),
    ])
    .optional(),
  now: z
    .custom<() => number>((value) => typeof value === 'function', 'expected a function')
    .default(() => () => performance.now()),
});

/** What the store has answered. */
interface Found {
  readonly tenant: Tenant;
  /** Of a look-up by key. */
  readonly apiKey: ApiKeyFacts | undefined;
}

/** A call of the store under way, and the tenants that changed meanwhile; `undefined` stands for all of them. */
interface Load {
  readonly changed: Set<string | undefined>;
}

/**
 * The tenants in memory, in front of a store: the hot path of every request.
 *
 * Look-ups of the same identifier share one call of the store. A change told by the feed drops the tenant
 * and everything that leads to it, and an answer that was under way at that moment is not kept. Unknown
 * identifiers are held apart, so that a flood of them pushes no tenant out. API keys are held as SHA-256.
 * All identifiers of a tenant lead to the same {@link Tenant} object, for as long as nothing is told of it and nothing of it
 * has changed. After it was dropped, the next look-up has a new one, also when its row is as it was: what is kept by the object,
 * such as a statement that was prepared for it, is then made anew.
 */
export class TenantDirectory {
  readonly #store: TenantStore;
  readonly #feed: TenantChangeFeed | undefined;
  readonly #now: () => number;
  readonly #held: TenantCache;
  readonly #loads = new Set<Load>();
  readonly #dropHandlers = new Set<TenantChangeHandler>();
  /** The loads that a look-up may join: those that began after the last change. */
  readonly #flights = new Map<string, Promise<Found | undefined>>();
  readonly #counts = { hits: 0, negativeHits: 0, misses: 0, storeErrors: 0, staleHits: 0 };
  #subscription: Promise<() => Promise<void>> | undefined;
  #failingSince: Date | undefined;

  /** @throws {OptionsInvalidError} */
  constructor(store: TenantStore, options: TenantDirectoryOptions = {}) {
    const parsed = parseOptions('TenantDirectory', optionsSchema, options);
    const feed = parsed.feed ?? (isTenantChangeFeed(store) ? store : false);
    this.#store = store;
    this.#feed = feed || undefined;
    this.#now = parsed.now;
    this.#held = new TenantCache(parsed);
  }

  /**
   * Begins to follow the feed, if there is one. What was held before is dropped.
   *
   * @throws whatever the feed throws when it cannot be followed.
   */
  async start(): Promise<void> {
    if (!this.#feed || this.#subscription) return void (await this.#subscription);
    const subscription = this.#feed.subscribe((tenantId) => this.invalidate(tenantId));
    this.#subscription = subscription;
    try {
      await subscription;
    } catch (error) {
      if (this.#subscription === subscription) this.#subscription = undefined;
      throw error;
    }
    this.invalidate();
  }

  /** Stops following the feed and drops everything. */
  async close(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    // A subscription that failed has told the caller of start().
    const unsubscribe = await subscription?.catch(() => undefined);
    await unsubscribe?.();
    this.invalidate();
  }

  /** The tenant, when it is held and fresh: no promise, no store. `undefined` says nothing about its existence. */
  peek(kind: IdentifierKind, value: string): Tenant | undefined {
    const entry = this.#held.find(kind, value, 'freshUntil');
    if (!entry) return undefined;
    this.#countHit(kind, entry.tenant);
    return entry.tenant;
  }

  /** As {@link peek}, with what is known of the key. */
  peekApiKey(value: string): TenantOfApiKey | undefined {
    const alias = this.#held.findAlias(keyOf('apiKey', value), 'freshUntil');
    if (!alias) return undefined;
    const { tenant } = alias.entry;
    this.#countHit('apiKey', tenant);
    return { tenant, apiKey: alias.apiKey ?? UNKNOWN_API_KEY };
  }

  /**
   * The tenant by any identifier, from memory or the store; `undefined` when there is none.
   *
   * @throws {TenantIdInvalidError} when the value cannot be an identifier of this kind.
   * @throws {TenantStoreUnavailableError} when the store fails and nothing usable is held.
   */
  async find({ kind, value }: TenantIdentifier): Promise<Tenant | undefined> {
    return this.peek(kind, value) ?? (await this.#lookUp(kind, value))?.tenant;
  }

  /** As {@link find}, with what is known of the key. An expired key is unknown. */
  async findApiKey(value: string): Promise<TenantOfApiKey | undefined> {
    const known = this.peekApiKey(value);
    if (known) return known;
    const found = await this.#lookUp('apiKey', value);
    return found && { tenant: found.tenant, apiKey: found.apiKey ?? UNKNOWN_API_KEY };
  }

  /** As {@link find}. */
  byId(id: string): Promise<Tenant | undefined> {
    return this.find({ kind: 'id', value: id });
  }

  /** As {@link find}. */
  bySlug(slug: string): Promise<Tenant | undefined> {
    return this.find({ kind: 'slug', value: slug });
  }

  /** As {@link find}. */
  byDomain(domain: string): Promise<Tenant | undefined> {
    return this.find({ kind: 'domain', value: domain });
  }

  /** As {@link find}. */
  byApiKey(apiKey: string): Promise<Tenant | undefined> {
    return this.find({ kind: 'apiKey', value: apiKey });
  }

  /** The store's own listing; nothing of it is held. */
  list(options?: TenantListOptions): Promise<TenantPage> {
    return this.#store.list(options);
  }

  /**
   * Drops a tenant with every identifier that leads to it, or, without an id, everything.
   *
   * Answers of the store that are under way reach those who wait for them and are then forgotten.
   */
  invalidate(tenantId?: string): void {
    this.#held.drop(tenantId);
    this.#flights.clear();
    for (const { changed } of this.#loads) changed.add(tenantId);
    for (const handler of this.#dropHandlers) handler(tenantId);
  }

  /**
   * Calls `handler` after a tenant was dropped, or, with `undefined`, everything: for what outlives a look-up, such as a connection of
   * a client. It must not throw.
   *
   * @returns a function that ends it.
   */
  onDrop(handler: TenantChangeHandler): () => void {
    this.#dropHandlers.add(handler);
    return () => void this.#dropHandlers.delete(handler);
  }

  stats(): TenantDirectoryStats {
    const { evictions, tenants, unknown } = this.#held;
    const sizes = { size: tenants.size, negativeSize: unknown.size, inFlight: this.#loads.size };
    const failingSince = this.#store.failingSince ?? this.#failingSince;
    return { ...this.#counts, evictions, ...sizes, failingSince };
  }

  #countHit(kind: IdentifierKind, { id }: Tenant): void {
    this.#counts.hits++;
    // Otherwise only look-ups by id would count as use.
    if (kind !== 'id') this.#held.tenants.get(id);
  }

  async #lookUp(kind: IdentifierKind, value: string): Promise<Found | undefined> {
    checkShape(kind, value);
    const key = keyOf(kind, value);
    if (this.#held.isUnknown(key)) {
      this.#counts.negativeHits++;
      return undefined;
    }
    this.#counts.misses++;
    return this.#flights.get(key) ?? this.#load(kind, value, key);
  }

  #load(kind: IdentifierKind, value: string, key: string): Promise<Found | undefined> {
    const load: Load = { changed: new Set() };
    this.#loads.add(load);
    const flight = this.#ask(kind, value, key, load).finally(() => {
      this.#loads.delete(load);
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }

  async #ask(
    kind: IdentifierKind,
    value: string,
    key: string,
    { changed }: Load,
  ): Promise<Found | undefined> {
    const askedAt = this.#now();
    let found: Found | undefined;
    try {
      found = await askStore(this.#store, kind, value);
    } catch (error) {
      return this.#fallBack(kind, value, key, error);
    }
    this.#failingSince = undefined;
    if (!found) {
      if (changed.size === 0) this.#held.addUnknown(kind, value, key, askedAt);
      return undefined;
    }
    const { tenant, apiKey } = found;
    if (changed.has(tenant.id) || changed.has(undefined)) {
      this.#held.noteDropped(tenant);
      return found;
    }
    return { tenant: this.#held.add(tenant, askedAt, isAlias(kind) ? key : undefined, apiKey), apiKey };
  }

  /** Serves the overdue tenant, and spares the failing store for a moment. */
  #fallBack(kind: IdentifierKind, value: string, key: string, error: unknown): Found {
    this.#counts.storeErrors++;
    this.#failingSince ??= new Date();
    const entry = this.#held.find(kind, value, 'usableUntil');
    if (!entry) throw error instanceof RowhouseError ? error : new TenantStoreUnavailableError(error);
    this.#counts.staleHits++;
    this.#held.prolong(entry, key);
    return { tenant: entry.tenant, apiKey: this.#held.findAlias(key, 'usableUntil')?.apiKey };
  }
}

function checkShape(kind: IdentifierKind, value: string): void {
  if (kind === 'id' && !isTenantId(value)) throw new TenantIdInvalidError(kind);
  if (kind === 'slug') parseTenantSlug(value);
  if (kind === 'domain' && !isHostname(value)) throw new TenantIdInvalidError(kind);
}

async function askStore(store: TenantStore, kind: IdentifierKind, value: string): Promise<Found | undefined> {
  if (kind === 'apiKey' && store.findApiKey) return store.findApiKey(value);
  const tenant = await tenantOf(store, kind, value);
  return tenant && { tenant, apiKey: undefined };
}

async function tenantOf(
  store: TenantStore,
  kind: IdentifierKind,
  value: string,
): Promise<Tenant | undefined> {
  switch (kind) {
    case 'id':
      return store.findById(value);
    case 'slug':
      return store.findBySlug(parseTenantSlug(value));
    case 'domain':
      return store.findByDomain(value);
    case 'apiKey':
      return store.findByApiKey(value);
  }
}
