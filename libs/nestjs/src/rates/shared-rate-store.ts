import { LRUCache } from 'lru-cache';
import type { CountedWindow, RateStore, WindowState } from './rate-store.js';

export interface SharedRateStoreOptions {
  /** Where all instances count. */
  readonly shared: RateStore;
  /** Where this one counts while the shared store is away. */
  readonly own: RateStore;
  /** The shared store is away, or back, with `undefined`. It must not throw. */
  readonly onChange: (away: RatesAway | undefined) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

interface FullWindow {
  readonly used: number;
  readonly askedAt: number;
  readonly endsAt: number;
}

/** That the shared store does not answer. */
export interface RatesAway {
  readonly error: unknown;
  readonly since: Date;
}

/** How long a request waits for the shared store. */
const ANSWER_MS = 500;
/** How long the shared store is left alone after it has failed. */
const RETRY_MS = 2_000;
/** How long a window that has refused goes on refusing without anybody being asked. */
const FULL_MS = 1_000;
/** So many of them are remembered. */
const FULL_WINDOWS = 50_000;

/**
 * Counts in a store that instances share. A window that has refused goes on to refuse for a moment without asking it; while
 * it does not answer, requests are counted here, and after a moment one of them tries it again.
 */
export class SharedRateStore implements RateStore {
  readonly kind: RateStore['kind'];
  readonly #options: SharedRateStoreOptions;
  readonly #now: () => number;
  readonly #full: LRUCache<string, FullWindow>;
  #away: RatesAway | undefined;
  #retryAt = 0;

  constructor(options: SharedRateStoreOptions) {
    this.kind = options.shared.kind;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#full = new LRUCache({ max: FULL_WINDOWS });
  }

  /** Why and since when requests are counted here; `undefined` while the shared store answers. */
  get away(): RatesAway | undefined {
    return this.#away;
  }

  async take<Window extends CountedWindow>(
    windows: readonly Window[],
  ): Promise<readonly WindowState<Window>[]> {
    const { shared, own } = this.#options;
    if (!this.#isTriedNow()) return own.take(windows);
    const full = this.#fullAmong(windows);
    if (full.length > 0) return full;
    try {
      const states = await this.#answerOf(Promise.resolve(shared.take(windows)));
      this.#noteFull(states);
      this.#noteBack();
      return states;
    } catch (error) {
      this.#noteAway(error);
      return own.take(windows);
    }
  }

  async ping(): Promise<void> {
    try {
      await this.#answerOf(this.#options.shared.ping());
      this.#noteBack();
    } catch (error) {
      this.#noteAway(error);
      throw error;
    }
  }

  /** One request tries a store that was lost; the others do not wait for it. */
  #isTriedNow(): boolean {
    if (!this.#away) return true;
    const now = this.#now();
    if (now < this.#retryAt) return false;
    this.#retryAt = now + RETRY_MS;
    return true;
  }

  #noteAway(error: unknown): void {
    this.#retryAt = this.#now() + RETRY_MS;
    if (this.#away) return;
    this.#away = { error, since: new Date() };
    this.#options.onChange(this.#away);
  }

  #noteBack(): void {
    if (!this.#away) return;
    this.#away = undefined;
    this.#options.onChange(undefined);
  }

  #answerOf<T>(answer: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The store of rates has not answered in ${ANSWER_MS} ms.`)),
        ANSWER_MS,
      );
      answer.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #fullAmong<Window extends CountedWindow>(windows: readonly Window[]): readonly WindowState<Window>[] {
    const now = this.#now();
    return windows.flatMap((window) => {
      const full = this.#full.get(window.key);
      if (!full || now >= Math.min(full.endsAt, full.askedAt + FULL_MS)) return [];
      return [{ window, used: full.used, resetMs: full.endsAt - now }];
    });
  }

  #noteFull(states: readonly WindowState[]): void {
    const now = this.#now();
    for (const { window, used, resetMs } of states)
      if (used > window.limit) this.#full.set(window.key, { used, askedAt: now, endsAt: now + resetMs });
  }
}
