import { type IRateLimiterOptions, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import type { CountedWindow, RateStore, WindowState } from './rate-store.js';

/** A connected client of `ioredis` or `redis`, which the app closes. */
export interface RedisClient {
  eval(...args: never[]): unknown;
}

const PREFIX = 'rowhouse:rates';

/** Windows in Redis, whose clock they go by: those of rate-limiter-flexible, which counts them one by one. */
export class RedisRateStore implements RateStore {
  readonly kind = 'redis';
  readonly #client: RedisClient;
  readonly #limiters = new Map<string, RateLimiterRedis>();

  constructor(client: RedisClient) {
    this.#client = client;
  }

  async take<Window extends CountedWindow>(
    windows: readonly Window[],
  ): Promise<readonly WindowState<Window>[]> {
    const states: WindowState<Window>[] = [];
    for (const window of windows) {
      const state = await this.#takeOne(window);
      if (state.used <= window.limit) {
        states.push(state);
        continue;
      }
      // What has refused gives back too: others may have been counted in it and give back what they took.
      const counted = windows.slice(0, states.length + 1);
      await Promise.all(counted.map((one) => this.#limiterOf(one).reward(one.key)));
      return [...states.map((before) => ({ ...before, used: before.used - 1 })), state];
    }
    return states;
  }

  async ping(): Promise<void> {
    await this.#make({ points: 1, duration: 1 }).get('ping');
  }

  async #takeOne<Window extends CountedWindow>(window: Window): Promise<WindowState<Window>> {
    try {
      return stateOf(window, await this.#limiterOf(window).consume(window.key));
    } catch (refused) {
      if (refused instanceof Error) throw refused;
      return stateOf(window, refused as RateLimiterRes);
    }
  }

  #limiterOf({ limit, windowSeconds }: CountedWindow): RateLimiterRedis {
    const rate = `${limit}/${windowSeconds}`;
    const known = this.#limiters.get(rate);
    if (known) return known;
    const limiter = this.#make({ points: limit, duration: windowSeconds });
    this.#limiters.set(rate, limiter);
    return limiter;
  }

  #make(rate: Pick<IRateLimiterOptions, 'points' | 'duration'>): RateLimiterRedis {
    const client = this.#client;
    // Only ioredis has it.
    const useRedisPackage = !('defineCommand' in client);
    return new RateLimiterRedis({ ...rate, keyPrefix: PREFIX, storeClient: client, useRedisPackage });
  }
}

function stateOf<Window extends CountedWindow>(
  window: Window,
  { consumedPoints, msBeforeNext }: RateLimiterRes,
): WindowState<Window> {
  return { window, used: consumedPoints, resetMs: msBeforeNext };
}
