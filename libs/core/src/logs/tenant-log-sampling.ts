import { z } from 'zod';
import { parseOptions } from '../support/parse-options.js';
import { TenantContext } from '../tenant-context.js';

export interface TenantLogSamplingOptions {
  /** Lines of one tenant and one level, at most. Errors are never dropped, nor are lines without a tenant. */
  readonly linesPerMinute: number;
}

/** Lines of one tenant and level that were dropped within a minute. */
export interface DroppedLines {
  /** The slug. */
  readonly tenant: string;
  readonly tenantId: string;
  readonly level: string;
  readonly dropped: number;
}

const MINUTE_MS = 60_000;
/** Of pino: 50 is error, 60 fatal. */
const ERROR_LEVEL = 50;

const optionsSchema = z.strictObject({ linesPerMinute: z.int().min(1) });

interface Count extends DroppedLines {
  lines: number;
  dropped: number;
}

/** Keeps one noisy tenant from filling the log. */
export class TenantLogSampling {
  readonly #linesPerMinute: number;
  readonly #onDropped: (lines: DroppedLines) => void;
  readonly #counts = new Map<string, Count>();
  /** Of `performance.now()`. */
  #endsAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onDropped - called once a minute for each tenant and level of which lines were dropped, outside any tenant. It must not throw.
   * @throws {OptionsInvalidError}
   */
  constructor(options: TenantLogSamplingOptions, onDropped: (lines: DroppedLines) => void) {
    const { linesPerMinute } = parseOptions('TenantLogSampling', optionsSchema, options);
    this.#linesPerMinute = linesPerMinute;
    const outside = TenantContext.capture();
    this.#onDropped = (lines) => outside(() => onDropped(lines));
  }

  /**
   * Whether a line is to be written for the tenant in force, which counts it.
   *
   * @param level - a name, or a number of pino.
   */
  admits(level: string | number): boolean {
    const tenant = TenantContext.get();
    if (!tenant || isError(level)) return true;
    const now = performance.now();
    if (now >= this.#endsAt) this.#beginMinute(now);
    const count = this.#countOf(tenant, String(level));
    count.lines += 1;
    if (count.lines <= this.#linesPerMinute) return true;
    count.dropped += 1;
    this.#timer ??= this.#timerFor(this.#endsAt - now);
    return false;
  }

  /** Reports now what was dropped since the last report, as at the end of a minute: for a process that ends. */
  report(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const count of this.#counts.values()) {
      const { tenant, tenantId, level, dropped } = count;
      count.dropped = 0;
      if (dropped > 0) this.#onDropped({ tenant, tenantId, level, dropped });
    }
  }

  #beginMinute(now: number): void {
    this.report();
    this.#counts.clear();
    this.#endsAt = now + MINUTE_MS;
  }

  #countOf({ slug, id }: { readonly slug: string; readonly id: string }, level: string): Count {
    const key = `${id} ${level}`;
    const known = this.#counts.get(key) ?? { tenant: slug, tenantId: id, level, lines: 0, dropped: 0 };
    this.#counts.set(key, known);
    return known;
  }

  /** A tenant that falls silent is reported all the same. It keeps no process alive. */
  #timerFor(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.report(), Math.max(0, ms)).unref();
  }
}

function isError(level: string | number): boolean {
  return typeof level === 'number' ? level >= ERROR_LEVEL : level === 'error' || level === 'fatal';
}
