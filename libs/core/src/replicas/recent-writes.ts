/** The key of the system. */
const SYSTEM = '';

/** When each tenant has written last, in this process, on the clock of `performance.now()`. */
export class RecentWrites {
  readonly #at = new Map<string, number>();
  #last = Number.NEGATIVE_INFINITY;

  /** The server has said that a transaction that may have written is over. @param key - of its pin. */
  note(key: string): void {
    this.#last = performance.now();
    this.#at.set(key, this.#last);
  }

  /** The last write that a reader must see: its own and the system's; the system must see all. */
  lastSeenBy(key: string): number {
    if (key === SYSTEM) return this.#last;
    const never = Number.NEGATIVE_INFINITY;
    return Math.max(this.#at.get(key) ?? never, this.#at.get(SYSTEM) ?? never);
  }

  /** Forgets what every replica has that is read at all. */
  forgetBefore(moment: number): void {
    for (const [key, at] of this.#at) if (at < moment) this.#at.delete(key);
  }
}
