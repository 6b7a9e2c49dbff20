import { LRUCache } from 'lru-cache';
import { TooManySignInsError } from './operator-errors.js';

/** An address that fails so often in a minute is refused unheard for the rest of it. */
const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;

/** Counts the failed sign-ins of each client address, in this process. */
export class FailedSignIns {
  readonly #counts = new LRUCache<string, { count: number }>({ max: 10_000, ttl: WINDOW_MS });

  /** @throws {TooManySignInsError} after 20 failures of the address in a minute. */
  requireFew(address: string): void {
    if ((this.#counts.get(address)?.count ?? 0) >= MAX_FAILURES) throw new TooManySignInsError();
  }

  note(address: string): void {
    const failures = this.#counts.get(address);
    if (failures) failures.count += 1;
    else this.#counts.set(address, { count: 1 });
  }
}
