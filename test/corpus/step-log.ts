import { RowhouseError } from '@rowhouse/core';

/**
 * `refused`: Rowhouse said no, with a remedy. `differs`: something is not as it should be. `failed`: an error that is no refusal.
 * `left out`: the step needs what an earlier one refused.
 */
export type Outcome = 'ok' | 'refused' | 'differs' | 'failed' | 'left out';

export interface StepResult {
  readonly dump: string;
  readonly step: string;
  readonly outcome: Outcome;
  /** The message of a refusal or an error, the differences, or what was accepted or skipped. */
  readonly details: readonly string[];
}

/** A step found differences. */
export class DifferenceError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'DifferenceError';
  }
}

/** A check that names its remedy, and is no error. */
export class RefusedError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'RefusedError';
  }
}

/** @throws {DifferenceError} when there are any. */
export function mustBeSame(lines: readonly string[]): void {
  if (lines.length > 0) throw new DifferenceError(lines);
}

/** The refusals: what Rowhouse throws on purpose, before anything was done. */
const REFUSALS = new Set([
  'MIGRATION_REFUSED',
  'MIGRATION_CONFLICT',
  'TENANT_CONFLICT',
  'OWNER_PRIVILEGE_MISSING',
  'OPTIONS_INVALID',
  'EXPORT_REFUSED',
  'IMPORT_REFUSED',
]);

/** The results of the steps of one dump, in order. */
export class StepLog {
  results: StepResult[] = [];
  readonly #dump: string;
  readonly #onStep: (result: StepResult) => void;

  constructor(dump: string, onStep: (result: StepResult) => void) {
    this.#dump = dump;
    this.#onStep = onStep;
  }

  /** @returns whether it was done, without differences or with them. */
  async step(step: string, work: () => Promise<readonly string[] | undefined>): Promise<boolean> {
    try {
      this.#add(step, 'ok', (await work()) ?? []);
      return true;
    } catch (error) {
      if (error instanceof DifferenceError) {
        this.#add(step, 'differs', error.lines);
        return true;
      }
      this.#add(step, isRefusal(error) ? 'refused' : 'failed', detailsOf(error));
      return false;
    }
  }

  /** The steps of a variant of the dump. */
  of(variant: string): StepLog {
    const log = new StepLog(`${this.#dump}, ${variant}`, this.#onStep);
    log.results = this.results;
    return log;
  }

  fail(step: string, error: unknown): void {
    this.#add(step, 'failed', detailsOf(error));
  }

  leaveOut(steps: readonly string[], why: string): void {
    for (const step of steps) this.#add(step, 'left out', [why]);
  }

  #add(step: string, outcome: Outcome, details: readonly string[]): void {
    const result = { dump: this.#dump, step, outcome, details };
    this.results.push(result);
    this.#onStep(result);
  }
}

/** A refusal can be the cause of another error: of a migration that failed. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof RefusedError) return true;
  if (!(error instanceof RowhouseError)) return false;
  return REFUSALS.has(error.code) || isRefusal(error.cause);
}

function detailsOf(error: unknown): readonly string[] {
  if (error instanceof RefusedError) return error.lines;
  const { message, code, detail, where } = error as {
    message?: string;
    code?: string;
    detail?: string;
    where?: string;
  };
  const isKnown = error instanceof RowhouseError;
  return [
    `${code ? `${code}: ` : ''}${message ?? String(error)}`,
    ...(isKnown ? [] : [detail, where]),
  ].filter((line): line is string => line !== undefined && line !== '');
}
