import type { Member } from './member.js';

export interface MemberCacheOptions {
  /** How many users of tenants are held, members and others. */
  readonly max: number;
  /** How long a member is served without asking the catalog. */
  readonly ttlMs: number;
  /** How long a user counts as no member without asking the catalog. */
  readonly negativeTtlMs: number;
  /** Milliseconds, as `performance.now`. */
  readonly now: () => number;
}

interface Entry {
  readonly tenantId: string;
  /** `undefined` for who is no active member. */
  readonly member: Member | undefined;
  readonly until: number;
}

/** Who of a tenant's users is a member, in memory; the least recently used goes first. */
export class MemberCache {
  readonly #options: MemberCacheOptions;
  /** In the order of use. */
  readonly #entries = new Map<string, Entry>();
  readonly #keysOf = new Map<string, Set<string>>();

  constructor(options: MemberCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: string): { readonly member: Member | undefined } | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#remove(key, entry);
    if (entry.until <= this.#options.now()) return undefined;
    this.#put(key, entry);
    return entry;
  }

  /** @param askedAt - when the catalog was asked, by `now`. */
  add(key: string, tenantId: string, member: Member | undefined, askedAt: number): void {
    const present = this.#entries.get(key);
    if (present) this.#remove(key, present);
    const { max, ttlMs, negativeTtlMs } = this.#options;
    this.#put(key, { tenantId, member, until: askedAt + (member ? ttlMs : negativeTtlMs) });
    if (this.#entries.size <= max) return;
    const [oldest] = this.#entries;
    if (oldest) this.#remove(...oldest);
  }

  /** @param tenantId - `undefined` drops everything. */
  drop(tenantId: string | undefined): void {
    if (tenantId === undefined) {
      this.#entries.clear();
      this.#keysOf.clear();
      return;
    }
    for (const key of this.#keysOf.get(tenantId) ?? []) this.#entries.delete(key);
    this.#keysOf.delete(tenantId);
  }

  #put(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    const keys = this.#keysOf.get(entry.tenantId);
    if (keys) keys.add(key);
    else this.#keysOf.set(entry.tenantId, new Set([key]));
  }

  #remove(key: string, { tenantId }: Entry): void {
    this.#entries.delete(key);
    const keys = this.#keysOf.get(tenantId);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(tenantId);
  }
}
