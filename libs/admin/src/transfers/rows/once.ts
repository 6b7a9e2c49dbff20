import type { OperationControl } from '../../operations/operation.js';
import { TransferInterruptedError } from '../transfer-errors.js';
import type { CopyBody } from './copy-body.js';

/**
 * Rows that are equal at the target are not written again, so that most transfers can be repeated. Rows that got new keys would come twice,
 * and rows that were overwritten may have been changed since.
 *
 * @throws {TransferInterruptedError}
 */
export function requireRepeatable({ onConflict, dryRun }: CopyBody, { isResumed }: OperationControl): void {
  if (isResumed && !dryRun && (onConflict === 'remap' || onConflict === 'overwrite'))
    throw new TransferInterruptedError();
}
