import { messageOf } from '@rowhouse/core/internal';
import type { HealthFinding } from './health-checks.js';

export interface HeldFindingOptions {
  readonly find: () => Promise<HealthFinding>;
  /** How long a finding holds. */
  readonly everyMs: number;
  /** How long somebody waits for one. */
  readonly timeoutMs: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** A finding that is asked for once at a time, and at most once in a while, however many want to know. */
export class HeldFinding {
  readonly #options: HeldFindingOptions;
  readonly #now: () => number;
  #held: { readonly finding: HealthFinding; readonly at: number } | undefined;
  #underWay: Promise<HealthFinding> | undefined;

  constructor(options: HeldFindingOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  async get(): Promise<HealthFinding> {
    const { everyMs, timeoutMs } = this.#options;
    if (this.#held && this.#now() - this.#held.at < everyMs) return this.#held.finding;
    this.#underWay ??= this.#find();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<HealthFinding>((resolve) => {
      timer = setTimeout(
        () => resolve(this.#hold({ status: 'down', message: `has not answered in ${timeoutMs} ms` })),
        timeoutMs,
      );
    });
    return Promise.race([this.#underWay, late]).finally(() => clearTimeout(timer));
  }

  async #find(): Promise<HealthFinding> {
    try {
      return this.#hold(await this.#options.find());
    } catch (error) {
      return this.#hold({ status: 'down', message: messageOf(error) });
    } finally {
      this.#underWay = undefined;
    }
  }

  #hold(finding: HealthFinding): HealthFinding {
    this.#held = { finding, at: this.#now() };
    return finding;
  }
}
