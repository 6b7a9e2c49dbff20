import type { RunOptions } from '@rowhouse/migrations/fleet';
import type { Command } from 'commander';
import { type SelectionOptions, selectionOf, withSelection } from './selection-options.js';
import { count, countOrZero, durationMs, percent } from './values.js';

export interface RunCommandOptions extends SelectionOptions {
  readonly canary?: number;
  readonly wave?: number;
  readonly concurrency?: number;
  /** Per cent. */
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
    .option('--canary <percent>', 'so many go first; the others only when these went well', percent)
    .option('--wave <percent>', 'so many go together after that (default: 100%)', percent)
    .option('--concurrency <n>', 'homes at a time (default: 4)', count)
    .option('--max-failure-rate <percent>', 'pauses when more of a wave fail (default: 10%)', percent)
    .option('--lock-timeout <duration>', 'how long a statement waits for a lock (default: 2s)', durationMs)
    .option('--retries <n>', 'how often a home is tried again that got no lock (default: 5)', countOrZero)
    .option('--maintenance', 'takes each tenant out of service while its home is migrated')
    .option('--no-scripts', 'asks every migration class for each home');
}

/** What the service takes; what was not said is left out, so that its defaults stand. */
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
