import type { RateWindow } from '@rowhouse/core';
import type { MaybePromise } from '../resolvers/tenant-resolver.js';

/** A window in which something is counted. */
export interface CountedWindow extends RateWindow {
  /** Whose window it is, and of what. */
  readonly key: string;
}

/** How a window stands. */
export interface WindowState<Window extends CountedWindow = CountedWindow> {
  readonly window: Window;
  /** Times; more than its limit when it has refused. */
  readonly used: number;
  /** Milliseconds until it ends. */
  readonly resetMs: number;
}

/** Where windows are kept. */
export interface RateStore {
  readonly kind: 'memory' | 'catalog' | 'redis';
  /**
   * Counts one in each of the windows, or in none when one of them has none left.
   *
   * @returns how they stand, in their order; those that were not looked at, because another has refused, may be left out. A promise, unless
   * the store knows at once.
   */
  take<Window extends CountedWindow>(
    windows: readonly Window[],
  ): MaybePromise<readonly WindowState<Window>[]>;
  /** @throws when the store cannot be reached. */
  ping(): Promise<void>;
}
