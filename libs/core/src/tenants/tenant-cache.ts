import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { type ApiKeyFacts, isExpired } from '../api-keys/api-key-facts.js';
import { hashApiKey } from '../api-keys/api-key-hashing.js';
import type { IdentifierKind } from '../errors.js';
import type { Tenant } from '../tenant.js';

/** The limits of {@link TenantDirectoryOptions}, with every default filled in. */
export interface TenantCacheOptions {
  readonly max: number;
  readonly ttlMs: number;
  readonly negativeMax: number;
  readonly negativeTtlMs: number;
  readonly staleIfErrorMs: number;
  readonly storeRetryMs: number;
  readonly now: () => number;
}

/** A tenant's domains and keys beyond this many are looked up again in turn, so that none holds unbounded memory. */
const MAX_ALIASES = 256;

/** A tenant in memory; its id and its slug lead here. */
interface Entry {
  tenant: Tenant;
  freshUntil: number;
  usableUntil: number;
  /** The domains and keys that lead here, oldest first. */
  aliases: string[] | undefined;
}

/** A domain or a key that leads to a tenant. It may be taken away on its own, so it has a time of its own. */
interface Alias {
  readonly entry: Entry;
  /** Of a key. */
  apiKey: ApiKeyFacts | undefined;
  freshUntil: number;
  usableUntil: number;
}

type Limit = 'freshUntil' | 'usableUntil';

/** What the directory holds: tenants, what leads to them, and apart from these what is known to be unknown. */
export class TenantCache {
  readonly tenants: LRUCache<string, Entry>;
  readonly unknown: LRUCache<string, number>;
  evictions = 0;
  readonly #slugs = new Map<string, Entry>();
  readonly #aliases = new Map<string, Alias>();
  readonly #options: TenantCacheOptions;
  /** Objects that were held; stores may answer with them again. */
  readonly #dropped = new WeakSet<Tenant>();

  constructor(options: TenantCacheOptions) {
    this.#options = options;
    this.unknown = new LRUCache({ max: options.negativeMax });
    this.tenants = new LRUCache({
      max: options.max,
      dispose: (entry, _id, reason) => {
        if (reason === 'evict') this.evictions++;
        this.noteDropped(entry.tenant);
        this.#detach(entry);
      },
    });
  }

  find(kind: IdentifierKind, value: string, limit: Limit): Entry | undefined {
    if (isAlias(kind)) return this.findAlias(keyOf(kind, value), limit)?.entry;
    const entry = kind === 'id' ? this.tenants.get(value) : this.#slugs.get(value);
    return entry && entry[limit] > this.#options.now() ? entry : undefined;
  }

  /** What a domain or a key leads to. A key that has expired leads nowhere, however fresh the answer is. */
  findAlias(key: string, limit: Limit): Readonly<Alias> | undefined {
    const now = this.#options.now();
    const alias = this.#aliases.get(key);
    if (!alias || alias[limit] <= now || alias.entry[limit] <= now) return undefined;
    return alias.apiKey && isExpired(alias.apiKey) ? undefined : alias;
  }

  isUnknown(key: string): boolean {
    const until = this.unknown.get(key);
    return until !== undefined && until > this.#options.now();
  }

  /**
   * @param aliasKey - the domain or key that the store was asked for, if it was one.
   * @param apiKey - what the store knows of the key.
   */
  add(
    tenant: Tenant,
    askedAt: number,
    aliasKey: string | undefined,
    apiKey: ApiKeyFacts | undefined,
  ): Tenant {
    const entry = this.#addTenant(tenant, askedAt);
    if (aliasKey !== undefined) this.#addAlias(aliasKey, entry, askedAt, apiKey);
    return entry.tenant;
  }

  addUnknown(kind: IdentifierKind, value: string, key: string, askedAt: number): void {
    const entry = this.find(kind, value, 'usableUntil');
    const held = this.#aliases.get(key) ?? entry;
    if (held && held.usableUntil > this.#lifeFrom(askedAt).usableUntil) return;
    // A domain or a key that is gone says nothing about its tenant; an id or a slug does.
    if (isAlias(kind)) this.#aliases.delete(key);
    else if (entry) this.tenants.delete(entry.tenant.id);
    this.unknown.set(key, askedAt + this.#options.negativeTtlMs);
  }

  /** The next {@link add} of this object holds a copy of it. */
  noteDropped(tenant: Tenant): void {
    this.#dropped.add(tenant);
  }

  /** Lets an overdue tenant count as fresh for a moment. */
  prolong(entry: Entry, key: string): void {
    const until = this.#options.now() + this.#options.storeRetryMs;
    for (const held of [entry, this.#aliases.get(key)]) {
      if (held) held.freshUntil = Math.max(held.freshUntil, Math.min(until, held.usableUntil));
    }
  }

  drop(tenantId: string | undefined): void {
    if (tenantId === undefined) this.tenants.clear();
    else this.tenants.delete(tenantId);
    // A change may make an unknown identifier known, and does not say which. Clearing costs as much as there is room.
    if (this.unknown.size > 0) this.unknown.clear();
  }

  #lifeFrom(askedAt: number): Pick<Entry, Limit> {
    const freshUntil = askedAt + this.#options.ttlMs;
    return { freshUntil, usableUntil: freshUntil + this.#options.staleIfErrorMs };
  }

  #addTenant(tenant: Tenant, askedAt: number): Entry {
    const life = this.#lifeFrom(askedAt);
    const held = this.tenants.get(tenant.id);
    if (!held) {
      const own = this.#dropped.has(tenant) ? Object.freeze({ ...tenant }) : tenant;
      const entry: Entry = { tenant: own, ...life, aliases: undefined };
      this.tenants.set(tenant.id, entry);
      this.#slugs.set(tenant.slug, entry);
      return entry;
    }
    // An answer to an earlier question may come later; it must not replace what is newer.
    if (held.usableUntil > life.usableUntil) return held;
    this.#detachSlug(held);
    this.#slugs.set(tenant.slug, held);
    if (!isDeepStrictEqual(held.tenant, tenant)) held.tenant = tenant;
    return Object.assign(held, life);
  }

  #addAlias(key: string, entry: Entry, askedAt: number, apiKey: ApiKeyFacts | undefined): void {
    const life = this.#lifeFrom(askedAt);
    const held = this.#aliases.get(key);
    if (held && held.usableUntil > life.usableUntil) return;
    if (held?.entry === entry) return void Object.assign(held, life, { apiKey });
    this.#aliases.set(key, { entry, apiKey, ...life });
    entry.aliases ??= [];
    entry.aliases.push(key);
    if (entry.aliases.length > MAX_ALIASES) this.#detachAliases(entry, entry.aliases.splice(0, 1));
  }

  #detach(entry: Entry): void {
    this.#detachSlug(entry);
    this.#detachAliases(entry, entry.aliases ?? []);
  }

  // What led to this tenant may lead to another by now; that is left alone.

  #detachSlug(entry: Entry): void {
    if (this.#slugs.get(entry.tenant.slug) === entry) this.#slugs.delete(entry.tenant.slug);
  }

  #detachAliases(entry: Entry, keys: readonly string[]): void {
    for (const key of keys) if (this.#aliases.get(key)?.entry === entry) this.#aliases.delete(key);
  }
}

/** Domains and keys lead to a tenant and may be taken from it; an id and a slug are its own. */
export function isAlias(kind: IdentifierKind): boolean {
  return kind === 'domain' || kind === 'apiKey';
}

/** Names an identifier in memory; API keys by their hash. */
export function keyOf(kind: IdentifierKind, value: string): string {
  return kind === 'apiKey' ? `apiKey:${hashApiKey(value).toString('base64url')}` : `${kind}:${value}`;
}
