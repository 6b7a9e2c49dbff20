/** Why a request stopped waiting without getting anything. */
export type WaitFailure = 'timeout' | 'aborted';

export interface WaitOptions {
  /** How long to wait; 0 waits for ever. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Calls `onFailure` once, when the time is over or the signal is aborted. The returned function ends the wait before. */
export function waitAtMost(
  { timeoutMs, signal }: WaitOptions,
  onFailure: (why: WaitFailure) => void,
): () => void {
  const timer = timeoutMs > 0 ? setTimeout(onFailure, timeoutMs, 'timeout') : undefined;
  const onAbort = () => onFailure('aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

/** How many turns one key may have at a time, and how many of its requests may wait. */
export interface Share {
  /**
   * Turns at the same time. At least 1. Left out: as many as are free then, and at least 2. One key alone gets half of all
   * turns that way, and _n_ greedy ones leave one part in _n_ + 1 free, for whoever has none (the "dynamic threshold" of
   * A. K. Choudhury and E. L. Hahne, IEEE/ACM Transactions on Networking 6(2), 1998).
   */
  readonly concurrency?: number;
  /** Requests waiting for a turn; one more is refused at once. */
  readonly queue: number;
}

/** Why a request got no turn. */
export type Refusal = 'queue-full' | WaitFailure;

/** Called once for each request: without an argument when its turn has come, else with the reason why it gets none. */
export type TurnCallback = (refusal?: Refusal) => void;

export interface TurnStats {
  readonly active: number;
  readonly waiting: number;
}

interface Waiter {
  readonly begin: TurnCallback;
  readonly stopWaiting: () => void;
}

/** How many keys are looked at, to find the one that suits best what has become free. */
const LOOK_AHEAD = 16;
/** How often a key is passed by others that suit better, before its turn has come in any case. */
const MAX_PASSES = 8;

/** What the queue knows of one key. */
interface Line {
  active: number;
  /** How often others were served before it that had come later. */
  passes: number;
  /** Which of all turns was its last. */
  lastTurn: number;
  share: Share;
  readonly waiters: Set<Waiter>;
}

/**
 * Hands out a number of turns to requests, each of which has a key. A key has at most its share. Keys with waiting
 * requests are served in rotation, so that one with a thousand requests waits no less than one with a single request.
 *
 * Everything happens synchronously and in memory; a key that neither has a turn nor waits for one takes no memory.
 */
export class FairQueue {
  readonly #capacity: number;
  readonly #lines = new Map<string, Line>();
  /** Keys with waiting requests, in the order in which they are served. */
  readonly #rotation = new Set<string>();
  readonly #holdMs: (key: string) => number;
  readonly #suits: ((key: string) => number) | undefined;
  #throttled: ReadonlyMap<string, number> = new Map();
  #active = 0;
  #turns = 0;
  #waiting = 0;
  #wakeTimer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  /**
   * @param capacity - turns at the same time, of all keys together.
   * @param holdMs - how long a key gets no turn from now on, in milliseconds. Its requests wait, and others pass them.
   * @param suits - how well what is free now suits a key; the highest number is best. Of the keys that come next, the best one is
   *   served; none is passed more than a few times. Left out, they are served as they come.
   */
  constructor(capacity: number, holdMs: (key: string) => number = () => 0, suits?: (key: string) => number) {
    this.#capacity = capacity;
    this.#holdMs = holdMs;
    this.#suits = suits;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** By key; keys that neither have a turn nor wait for one are left out. */
  stats(): ReadonlyMap<string, TurnStats> {
    return new Map(
      [...this.#lines].map(([key, { active, waiters }]) => [key, { active, waiting: waiters.size }]),
    );
  }

  /** Calls `begin` when the turn has come: before `enter` returns, if a turn is free. */
  enter(key: string, share: Share, begin: TurnCallback, options: WaitOptions): void {
    if (options.signal?.aborted) {
      begin('aborted');
      return;
    }
    const line = this.#lineOf(key, share);
    const holdMs = this.#holdMs(key);
    if (holdMs === 0 && line.waiters.size === 0 && this.#mayStart(key, line)) {
      this.#start(line);
      begin();
      return;
    }
    if (line.waiters.size >= share.queue) {
      this.#dropIfEmpty(key, line);
      begin('queue-full');
      return;
    }
    this.#wait(key, line, begin, options);
    if (holdMs > 0) this.#wakeIn(holdMs);
  }

  /**
   * Gives some keys no more turns at the same time than they are named with, whatever their shares. It takes the place of what was given
   * before. Turns that have begun go on.
   */
  throttle(turns: ReadonlyMap<string, number>): void {
    this.#throttled = turns;
    this.#serve();
  }

  /** Ends a turn, and gives it to the next request. */
  leave(key: string): void {
    const line = this.#lines.get(key);
    if (!line || line.active === 0) throw new RangeError(`"${key}" has no turn to end.`);
    line.active -= 1;
    this.#active -= 1;
    this.#dropIfEmpty(key, line);
    this.#serve();
  }

  #lineOf(key: string, share: Share): Line {
    const known = this.#lines.get(key);
    if (known) {
      known.share = share;
      return known;
    }
    const line: Line = {
      active: 0,
      passes: 0,
      lastTurn: Number.NEGATIVE_INFINITY,
      share,
      waiters: new Set(),
    };
    this.#lines.set(key, line);
    return line;
  }

  #wait(key: string, line: Line, begin: TurnCallback, options: WaitOptions): void {
    const stopWaiting = waitAtMost(options, (why) => {
      this.#remove(key, line, waiter);
      begin(why);
    });
    const waiter: Waiter = { begin, stopWaiting };
    line.waiters.add(waiter);
    this.#waiting += 1;
    this.#rotation.add(key);
  }

  #remove(key: string, line: Line, waiter: Waiter): void {
    waiter.stopWaiting();
    line.waiters.delete(waiter);
    this.#waiting -= 1;
    if (line.waiters.size === 0) this.#rotation.delete(key);
    this.#dropIfEmpty(key, line);
  }

  #mayStart(key: string, { active, share }: Line): boolean {
    const free = this.#capacity - this.#active;
    const most = this.#throttled.get(key) ?? Number.POSITIVE_INFINITY;
    return free > 0 && active < Math.min(share.concurrency ?? Math.max(2, free), most);
  }

  #start(line: Line): void {
    line.active += 1;
    this.#active += 1;
    this.#turns += 1;
    line.lastTurn = this.#turns;
  }

  /** Gives free turns to the keys in rotation; a key that was served goes to the end. */
  #serve(): void {
    while (this.#active < this.#capacity) {
      const key = this.#next();
      const line = key === undefined ? undefined : this.#lines.get(key);
      const [next] = line?.waiters ?? [];
      if (key === undefined || !line || !next) return;
      line.passes = 0;
      this.#start(line);
      this.#remove(key, line, next);
      if (this.#rotation.delete(key)) this.#rotation.add(key);
      next.begin();
    }
  }

  /** The key to serve next: the first that may be served, or one soon after it that suits better. */
  #next(): string | undefined {
    const suits = this.#suits;
    const passed: Line[] = [];
    let best: string | undefined;
    let bestSuits = Number.NEGATIVE_INFINITY;
    let before = 0;
    let nextWakeMs = Number.POSITIVE_INFINITY;
    for (const key of this.#rotation) {
      const line = this.#lines.get(key);
      if (!line || !this.#mayStart(key, line)) continue;
      const holdMs = this.#holdMs(key);
      if (holdMs > 0) {
        nextWakeMs = Math.min(nextWakeMs, holdMs);
        continue;
      }
      if (!suits || line.passes >= MAX_PASSES) {
        best = key;
        before = passed.length;
        break;
      }
      // Who has just had a turn passes nobody.
      const mayPass = passed.length === 0 || this.#turns - line.lastTurn > LOOK_AHEAD;
      const suitsSo = mayPass ? suits(key) : Number.NEGATIVE_INFINITY;
      if (suitsSo > bestSuits) {
        best = key;
        bestSuits = suitsSo;
        before = passed.length;
      }
      if (passed.push(line) === LOOK_AHEAD) break;
    }
    for (const line of passed.slice(0, before)) line.passes += 1;
    if (best === undefined && Number.isFinite(nextWakeMs)) this.#wakeIn(nextWakeMs);
    return best;
  }

  /** Looks again when the first key that is held may go on; one timer for all. */
  #wakeIn(ms: number): void {
    const at = performance.now() + ms;
    if (at >= this.#wakeAt) return;
    clearTimeout(this.#wakeTimer);
    this.#wakeAt = at;
    this.#wakeTimer = setTimeout(() => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#serve();
    }, ms);
  }

  #dropIfEmpty(key: string, line: Line): void {
    if (line.active === 0 && line.waiters.size === 0) this.#lines.delete(key);
  }
}
