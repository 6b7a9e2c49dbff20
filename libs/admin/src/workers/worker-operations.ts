import { InternalError } from '@rowhouse/core';
import { counted, messageOf } from '@rowhouse/core/internal';
import type { Fleet, RelocationControl } from '@rowhouse/migrations/fleet';
import { z } from 'zod';
import type { OperationControl, OperationKind } from '../operations/operation.js';

const relocateInput = z.strictObject({ tenantId: z.guid(), worker: z.string() });
const rebalanceInput = z.strictObject({});

type RelocateInput = z.output<typeof relocateInput>;
type RebalanceInput = z.output<typeof rebalanceInput>;

/** Moves of tenants between the workers of Citus, as operations. What a process leaves half done, Citus undoes, and it is begun again. */
export class WorkerOperations {
  readonly relocate: OperationKind<RelocateInput>;
  readonly rebalance: OperationKind<RebalanceInput>;

  constructor(private readonly fleet: Pick<Fleet, 'workers'>) {
    this.relocate = {
      name: 'tenant.relocate',
      input: relocateInput,
      run: (input, control) => this.#relocate(input, control),
      retry: (input, control) => this.#relocate(input, control),
      // What is ended has moved nothing.
      cancel: async () => {},
    };
    this.rebalance = {
      name: 'workers.rebalance',
      input: rebalanceInput,
      run: (_, control) => this.#rebalance(control),
      retry: (_, control) => this.#rebalance(control),
      // Tenants that were moved stay where they are.
      cancel: async () => {},
    };
  }

  async #relocate(
    { tenantId, worker }: RelocateInput,
    control: OperationControl,
  ): Promise<{ worker: string }> {
    let phase: string | undefined;
    const moved = await this.fleet.workers.relocate(tenantId, worker, {
      ...relocationControlOf(control),
      onProgress: (progress) => {
        if (progress.phase !== phase) control.onStep(progress.phase);
        phase = progress.phase;
        const { copiedBytes: bytes, totalBytes: total, table: item } = progress;
        control.onProgress({ done: bytes, total, unit: 'bytes', item, bytes });
      },
    });
    return { worker: moved };
  }

  /** Tenants are moved one after the other, each even if another could not be. What was moved before a crash is not in the plan again. */
  async #rebalance(control: OperationControl): Promise<{ moved: readonly string[] }> {
    const { workers } = this.fleet;
    const moves = await workers.plan();
    const total = moves.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let before = 0;
    const moved: string[] = [];
    const failed: string[] = [];
    for (const { slug, from, to, sizeBytes } of moves) {
      control.signal.throwIfAborted();
      control.onStep(`${slug}: ${from} → ${to}`);
      const report = (copied: number) => {
        const done = before + Math.min(copied, sizeBytes);
        control.onProgress({ done, total, unit: 'bytes', item: slug, bytes: done });
      };
      try {
        await workers.relocate(slug, to, {
          ...relocationControlOf(control),
          onProgress: ({ copiedBytes }) => report(copiedBytes),
        });
        moved.push(slug);
      } catch (error) {
        control.signal.throwIfAborted();
        failed.push(`${slug}: ${messageOf(error)}`);
      }
      report(sizeBytes);
      before += sizeBytes;
    }
    if (failed.length > 0) throw new RebalanceIncompleteError(failed);
    return { moved };
  }
}

function relocationControlOf({ by, signal }: OperationControl): RelocationControl {
  return { by, signal };
}

/** Some tenants could not be moved. */
class RebalanceIncompleteError extends InternalError {
  readonly code = 'REBALANCE_INCOMPLETE';
  constructor(failed: readonly string[]) {
    super(`${counted(failed.length, 'tenant')} could not be moved: ${failed.join('; ')}`);
  }
}
