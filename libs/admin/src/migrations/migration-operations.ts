import { InternalError } from '@rowhouse/core';
import {
  type FleetMigrations,
  MigrationRunNotFoundError,
  type RunControl,
  type RunReport,
} from '@rowhouse/migrations/fleet';
import { isInterrupted, runRequestSchema } from '@rowhouse/migrations/internal';
import type { z } from 'zod';
import type { OperationControl, OperationKind } from '../operations/operation.js';

type RunInput = z.output<typeof runRequestSchema>;

/** How a run ended. */
export interface RunResult {
  /** `null` when there was nothing to do: such a run is not recorded. */
  readonly runId: string | null;
  readonly total: number;
  readonly done: number;
  readonly skipped: number;
}

/** Migrations of the fleet, as operations. A run has the id of its operation. */
export class MigrationOperations {
  readonly run: OperationKind<RunInput>;

  constructor(private readonly migrations: FleetMigrations) {
    this.run = {
      name: 'migrations.run',
      input: runRequestSchema,
      run: (input, control) => this.#run(input, control),
      retry: (input, control) => this.#retry(input, control),
      canPause: true,
      // Homes that are migrated stay so: taking them back is a run of its own.
      cancel: async (_, { id }) => void ((await this.#find(id)) && (await this.migrations.cancel(id))),
    };
  }

  async #run(input: RunInput, control: OperationControl): Promise<RunResult> {
    const known = control.isResumed ? await this.#find(control.id) : undefined;
    const report = known ? await this.#goOn(known, runControlOf(control)) : await this.#begin(input, control);
    return resultOf(report, control);
  }

  /** What failed before it was recorded is begun. */
  async #retry(input: RunInput, control: OperationControl): Promise<RunResult> {
    const known = await this.#find(control.id);
    const report = known
      ? await this.migrations.retry(control.id, runControlOf(control))
      : await this.#begin(input, control);
    return resultOf(report, control);
  }

  async #begin(input: RunInput, control: OperationControl): Promise<RunReport> {
    const { finished } = await this.migrations.start({ ...input, id: control.id }, runControlOf(control));
    return finished;
  }

  /** A run that has come to an end of its own is not begun again. */
  async #goOn(known: RunReport, control: RunControl): Promise<RunReport> {
    if (known.id === undefined || (known.state !== 'running' && !isInterrupted(known))) return known;
    return this.migrations.resume(known.id, control);
  }

  #find(id: string): Promise<RunReport | undefined> {
    return this.migrations.get(id).catch((error: unknown) => {
      if (error instanceof MigrationRunNotFoundError) return undefined;
      throw error;
    });
  }
}

function resultOf(report: RunReport, { signal }: OperationControl): RunResult {
  // A run that is told to stop ends without an error.
  if (isInterrupted(report)) signal.throwIfAborted();
  if (report.state !== 'succeeded') throw new RunIncompleteError(report.message ?? report.state);
  const { total, done, skipped } = report;
  return { runId: report.id ?? null, total, done, skipped };
}

function runControlOf({ signal, onStep, onProgress }: OperationControl): RunControl {
  let current: number | undefined;
  return {
    signal,
    onProgress: ({ wave, total, pending, failed }) => {
      if (wave !== current) onStep(wave === 0 ? 'shared tables' : `wave ${wave}`);
      current = wave;
      onProgress({ done: total - pending - failed, total, unit: 'homes' });
    },
  };
}

/** Some homes of a run were not migrated. */
class RunIncompleteError extends InternalError {
  readonly code = 'MIGRATION_RUN_INCOMPLETE';
}
