import type { Actor } from '@rowhouse/core';
import type { TransferProgress } from '@rowhouse/transfer';
import type { OperationControl } from '../operations/operation.js';

/** What a transfer is given by its operation. */
export interface OperationTransferControl {
  readonly by: Actor | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  readonly onProgress: (progress: TransferProgress) => void;
}

/** The tables of a transfer are the progress of its operation. */
export function transferControlOf({
  by,
  signal,
  onStep,
  onProgress,
}: OperationControl): OperationTransferControl {
  return {
    by,
    signal,
    onStep: (step) => onStep(step),
    onProgress: ({ table, done, total }) => onProgress({ done, total, unit: 'tables', item: table }),
  };
}
