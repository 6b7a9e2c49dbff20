import { isStorableJson, UNSTORABLE_REFUSED } from '@rowhouse/core/internal';
import { takeBack } from '@rowhouse/transfer';
import { z } from 'zod';
import { shownText } from '../../text.js';
import { otherTenant } from '../rows/copy-body.js';
import { transferControlOf } from '../transfer-control.js';
import { TransferInterruptedError } from '../transfer-errors.js';
import type { TransferKind } from '../transfer-kind.js';

const rowName = z.strictObject({
  table: shownText(63),
  key: z.array(z.string()).min(1).describe('The values of its key, as texts and in the order of the key.'),
});

const takeBackBody = z.strictObject({
  from: otherTenant.describe('The slug or the id of the tenant whose rows are taken. It is not changed.'),
  tables: z
    .array(shownText(63))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Taken back as a whole. Default: all, unless `rows` are given.'),
  rows: z.array(rowName).min(1).max(10_000).refine(isStorableJson, UNSTORABLE_REFUSED).optional(),
});

/** Makes rows of the tenant as those of another are. It can be undone, so that it does not need an owner. */
export const takeBackKind: TransferKind<z.output<typeof takeBackBody>> = {
  name: 'take-back',
  route: 'take-backs',
  summary: 'Makes rows as they are in another tenant, such as the tenant itself as it was. It can be undone.',
  body: takeBackBody,
  prepare: async ({ fleet }, _, body) => ({ ...body, from: (await fleet.tenants.find(body.from)).id }),
  run: async ({ fleet }, tenant, { from, ...chosen }, control) => {
    if (control.isResumed) throw new TransferInterruptedError();
    control.onStep('rows');
    const other = await fleet.tenants.find(from);
    return takeBack(fleet, tenant, { from: other, ...chosen }, transferControlOf(control));
  },
  // What is cancelled has changed nothing.
  cancel: async () => {},
};
