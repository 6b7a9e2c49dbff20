import type { CountedWindow, RateStore, WindowState } from './rate-store.js';

/** Windows that are kept at the same time; of more, the oldest are forgotten. One takes some 200 bytes. */
const MOST_WINDOWS = 1_000_000;
/** How many windows are looked at for each one that begins: those that have ended go faster than others come. */
const LOOKS = 2;

interface OpenWindow {
  used: number;
  endsAt: number;
}

export interface MemoryRateStoreOptions {
  /** Milliseconds on a clock that never goes back. Default `performance.now()`, without fractions. */
  readonly now?: () => number;
  /** Default 1,000,000. */
  readonly mostWindows?: number;
}

/**
 * Windows in this process. It answers at once, so that a request waits for nothing, and no window has a timer: those that have
 * ended are removed as others begin.
 */
export class MemoryRateStore implements RateStore {
  readonly kind = 'memory';
  readonly #now: () => number;
  readonly #mostWindows: number;
  readonly #windows = new Map<string, OpenWindow>();
  /** Goes round the windows, in the order in which they were first counted. */
  #hand = this.#windows.entries();

  // In whole milliseconds: the sum of fractions and their difference is more than the length of a window at times.
  constructor({
    now = () => Math.floor(performance.now()),
    mostWindows = MOST_WINDOWS,
  }: MemoryRateStoreOptions = {}) {
    this.#now = now;
    this.#mostWindows = mostWindows;
  }

  /** How many windows are kept, among them some that have ended. */
  get size(): number {
    return this.#windows.size;
  }

  take<Window extends CountedWindow>(windows: readonly Window[]): readonly WindowState<Window>[] {
    const now = this.#now();
    const refusing = windows.findIndex(({ key, limit }) => (this.#openOf(key, now)?.used ?? 0) >= limit);
    if (refusing < 0) return windows.map((window) => this.#count(window, now));
    return windows.slice(0, refusing + 1).map((window, at) => {
      const { used, endsAt } = this.#openOf(window.key, now) ?? { used: 0, endsAt: endOf(window, now) };
      return { window, used: at === refusing ? used + 1 : used, resetMs: endsAt - now };
    });
  }

  async ping(): Promise<void> {}

  #openOf(key: string, now: number): OpenWindow | undefined {
    const known = this.#windows.get(key);
    return known && now < known.endsAt ? known : undefined;
  }

  #count<Window extends CountedWindow>(window: Window, now: number): WindowState<Window> {
    const counted = this.#openOf(window.key, now) ?? this.#begin(window, now);
    counted.used += 1;
    return { window, used: counted.used, resetMs: counted.endsAt - now };
  }

  #begin(window: CountedWindow, now: number): OpenWindow {
    const begun = { used: 0, endsAt: endOf(window, now) };
    // One that has ended gives its place.
    if (!this.#windows.has(window.key)) this.#makeRoom(now);
    this.#windows.set(window.key, begun);
    return begun;
  }

  #makeRoom(now: number): void {
    for (let look = 0; look < LOOKS; look += 1) {
      const next = this.#hand.next();
      if (next.done) {
        this.#hand = this.#windows.entries();
        continue;
      }
      const [key, { endsAt }] = next.value;
      if (endsAt <= now || this.#windows.size >= this.#mostWindows) this.#windows.delete(key);
    }
  }
}

function endOf({ windowSeconds }: CountedWindow, now: number): number {
  return now + windowSeconds * 1_000;
}
