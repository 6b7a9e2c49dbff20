import type { RunOptions } from '@rowhouse/migrations/fleet';
import type { Command } from 'commander';
import { type SelectionOptions, selectionOf, withSelection } from './selection-options.js';
import { count, countOrZero, durationMs, percent } from './values.js';

export interface RunCommandOptions extends SelectionOptions {
  readonly canary?: number;
  readonly wave?: number;
  readonly concurrency?: number;
  /** Percentage. */
  readonly maxFailureRate?: number;
  /** Milliseconds. */
  readonly lockTimeout?: number;
  readonly retries?: number;
  readonly maintenance?: boolean;
  /** `false` for `--no-scripts`. */
  readonly scripts?: boolean;
}

export function withRunOptions(command: Command): Command {
  return withSelection(command)
    .option('--canary <percent>', 'migrates this part first, and the others only if it succeeds', percent)
    .option('--wave <percent>', 'the size of each wave after the canary (default: 100%)', percent)
    .option('--concurrency <n>', 'how many homes at the same time (default: 4)', count)
    .option('--max-failure-rate <percent>', 'pauses when more homes of a wave fail (default: 10%)', percent)
    .option('--lock-timeout <duration>', 'how long a statement waits for a lock (default: 2s)', durationMs)
    .option('--retries <n>', 'how often to try a home again that got no lock (default: 5)', countOrZero)
    .option('--maintenance', 'takes each tenant out of service while its home is migrated')
    .option('--no-scripts', 'runs every migration class for each home, and no recorded scripts');
}

/** Converts to run options. Options that were not given are left out, so that the defaults apply. */
export function runOptionsOf(options: RunCommandOptions): RunOptions {
  const { canary, wave, concurrency, maxFailureRate, lockTimeout, retries, maintenance, scripts } = options;
  return {
    ...selectionOf(options),
    ...(canary !== undefined && { canary }),
    ...(wave !== undefined && { wave }),
    ...(concurrency !== undefined && { concurrency }),
    ...(maxFailureRate !== undefined && { maxFailureRate: maxFailureRate / 100 }),
    ...(lockTimeout !== undefined && { lockTimeoutMs: lockTimeout }),
    ...(retries !== undefined && { retries }),
    ...(maintenance && { maintenance }),
    ...(scripts === false && { scripts }),
  };
}
