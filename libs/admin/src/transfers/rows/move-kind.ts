import { moveRows } from '@rowhouse/transfer';
import type { z } from 'zod';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind } from '../transfer-kind.js';
import { betweenBody, copyKind } from './copy-kind.js';

/**
 * Moves rows to another tenant. It needs an owner, as a purge does: the tenant does not have them any more. After a crash it is done again,
 * which finishes it. It cannot be cancelled: between databases a part of it may be done.
 */
export const moveKind: TransferKind<z.output<typeof betweenBody>> = {
  name: 'move',
  route: 'moves',
  summary: 'Moves rows to another tenant: copies them, verifies that they are there, and removes them here.',
  body: betweenBody,
  role: 'owner',
  prepare: copyKind.prepare,
  run: async ({ fleet }, tenant, { to, contents, ...options }, control) => {
    control.onStep('rows');
    return moveRows(fleet, tenant.id, to, options, { ...transferControlOf(control), contents });
  },
};
