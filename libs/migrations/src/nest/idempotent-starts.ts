import { MigrationConflictError } from '@rowhouse/core';
import type { RunReport } from '../run-types.js';

/** Older keys are forgotten. */
const MAX_KEYS = 1_000;

interface Start {
  readonly request: string;
  readonly answer: Promise<RunReport>;
}

/** Answers a request that is sent again with what its first sending has begun. Known to this process only. */
export class IdempotentStarts {
  readonly #starts = new Map<string, Start>();

  /**
   * @param request - what is asked for; the same key stands for the same.
   * @throws {MigrationConflictError} when the key has stood for something else.
   */
  once(key: string | undefined, request: object, start: () => Promise<RunReport>): Promise<RunReport> {
    if (key === undefined) return start();
    const asked = JSON.stringify(request);
    const before = this.#starts.get(key);
    if (before && before.request !== asked)
      throw new MigrationConflictError('This Idempotency-Key was sent with another request.');
    return before?.answer ?? this.#remember(key, asked, start());
  }

  #remember(key: string, request: string, answer: Promise<RunReport>): Promise<RunReport> {
    this.#starts.set(key, { request, answer });
    // What has failed may be tried again.
    answer.catch(() => this.#starts.delete(key));
    const [oldest] = this.#starts.keys();
    if (this.#starts.size > MAX_KEYS && oldest !== undefined) this.#starts.delete(oldest);
    return answer;
  }
}
