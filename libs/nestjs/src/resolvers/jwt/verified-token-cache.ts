import { hash } from 'node:crypto';
import type { TenantReference } from '../tenant-reference.js';

interface Entry {
  readonly reference: TenantReference | undefined;
  readonly expiresAtMs: number;
}

export interface VerifiedTokenCacheOptions {
  readonly maxTokens: number;
  readonly ttlSeconds: number;
  readonly now: () => number;
}

/** What verified tokens said, by SHA-256 of the token; the least recently used gives way. Tokens themselves are not kept. */
export class VerifiedTokenCache {
  /** A Map iterates in order of insertion: an entry in use is put back at the end, the first is the oldest. */
  readonly #entries = new Map<string, Entry>();
  readonly #options: VerifiedTokenCacheOptions;

  constructor(options: VerifiedTokenCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @returns `undefined` when the token is not known, or no longer. */
  get(token: string): Entry | undefined {
    const key = keyOf(token);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAtMs <= this.#options.now()) return undefined;
    this.#entries.set(key, entry);
    return entry;
  }

  /** @param expiresAtSeconds - the token's `exp`, if it has one. */
  set(
    token: string,
    reference: TenantReference | undefined,
    expiresAtSeconds = Number.POSITIVE_INFINITY,
  ): void {
    const { maxTokens, ttlSeconds, now } = this.#options;
    const key = keyOf(token);
    this.#entries.delete(key);
    this.#entries.set(key, {
      reference,
      expiresAtMs: Math.min(expiresAtSeconds * 1000, now() + ttlSeconds * 1000),
    });
    if (this.#entries.size <= maxTokens) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

function keyOf(token: string): string {
  return hash('sha256', token, 'base64');
}
