import {
  type IRateLimiterOptions,
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import type { CountedWindow, RateStore, WindowState } from './rate-store.js';

/** A connected client of `ioredis` or `redis`, which the app closes. */
export interface RedisClient {
  eval(...args: never[]): unknown;
}

const PREFIX = 'rowhouse:rates';

/** Windows in this process. */
export function memoryRateStore(): RateStore {
  return new LimiterRateStore(
    'memory',
    (options) => new RateLimiterMemory(options),
    async () => {},
  );
}

/** Windows in Redis, whose clock they go by. */
export function redisRateStore(client: RedisClient): RateStore {
  // Only ioredis has it.
  const useRedisPackage = !('defineCommand' in client);
  const limiterOf = (options: IRateLimiterOptions) =>
    new RateLimiterRedis({ ...options, storeClient: client, useRedisPackage });
  const probe = limiterOf({ points: 1, duration: 1, keyPrefix: PREFIX });
  return new LimiterRateStore('redis', limiterOf, async () => void (await probe.get('ping')));
}

/** Windows of rate-limiter-flexible, which counts them one by one. */
class LimiterRateStore implements RateStore {
  readonly kind: RateStore['kind'];
  readonly ping: () => Promise<void>;
  readonly #make: (options: IRateLimiterOptions) => RateLimiterAbstract;
  readonly #limiters = new Map<string, RateLimiterAbstract>();

  constructor(
    kind: RateStore['kind'],
    make: (options: IRateLimiterOptions) => RateLimiterAbstract,
    ping: () => Promise<void>,
  ) {
    this.kind = kind;
    this.#make = make;
    this.ping = ping;
  }

  async take(windows: readonly CountedWindow[]): Promise<readonly WindowState[]> {
    const states: WindowState[] = [];
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

  async #takeOne(window: CountedWindow): Promise<WindowState> {
    try {
      return stateOf(window, await this.#limiterOf(window).consume(window.key));
    } catch (refused) {
      if (refused instanceof Error) throw refused;
      return stateOf(window, refused as RateLimiterRes);
    }
  }

  #limiterOf({ limit, windowSeconds }: CountedWindow): RateLimiterAbstract {
    const rate = `${limit}/${windowSeconds}`;
    const known = this.#limiters.get(rate);
    if (known) return known;
    const limiter = this.#make({ points: limit, duration: windowSeconds, keyPrefix: PREFIX });
    this.#limiters.set(rate, limiter);
    return limiter;
  }
}

function stateOf(window: CountedWindow, { consumedPoints, msBeforeNext }: RateLimiterRes): WindowState {
  return { window, used: consumedPoints, resetMs: msBeforeNext };
}
