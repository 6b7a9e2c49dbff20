import { undoTakeBack } from '@rowhouse/transfer';
import { z } from 'zod';
import { TransferInterruptedError } from '../transfer-errors.js';
import type { TransferKind } from '../transfer-kind.js';

/** Undoes the last take back of the tenant. A process that resumed it could undo the one before. */
export const undoKind: TransferKind = {
  name: 'take-back.undo',
  route: 'take-backs/undo',
  summary: 'Undoes the last take back. Repeated, it undoes the one before.',
  body: z.strictObject({}).prefault({}),
  run: async ({ fleet }, tenant, _, { by, signal, isResumed, onStep }) => {
    if (isResumed) throw new TransferInterruptedError();
    onStep('rows');
    return undoTakeBack(fleet, tenant, { signal, by });
  },
  cancel: async () => {},
};
