/** How long a transaction over several homes may take: its first home stays locked until its last is done. */
const GROUP_MS = 25;
const MAX_HOMES = 16;
/** Each statement may lock several objects, and the server's table of locks is shared by all connections. */
const MAX_STATEMENTS = 96;

/** How many homes get a change in one transaction: one at first, then up to four times as many as before, while that stays short. */
export class GroupSizes {
  readonly #sizes = new Map<string, number>();

  /** @param key - of the change. */
  next(key: string, statements: number): number {
    return Math.max(1, Math.min(this.#sizes.get(key) ?? 1, Math.floor(MAX_STATEMENTS / statements)));
  }

  /** Notes how long a transaction took. */
  worked(key: string, homes: number, ms: number): void {
    this.#sizes.set(key, Math.min(4 * homes, MAX_HOMES, Math.floor((GROUP_MS * homes) / ms)));
  }

  failed(key: string): void {
    this.#sizes.delete(key);
  }
}
