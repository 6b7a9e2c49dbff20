import { copyRows } from '@rowhouse/transfer';
import type { z } from 'zod';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind } from '../transfer-kind.js';
import { copyBody, otherTenant, overwrites } from './copy-body.js';
import { requireRepeatable } from './once.js';

export const betweenBody = copyBody.extend({
  to: otherTenant.describe('The slug or the id of the tenant that the rows go to.'),
});
type BetweenBody = z.output<typeof betweenBody>;

/** Copies rows to another tenant. */
export const copyKind: TransferKind<BetweenBody> = {
  name: 'copy',
  route: 'copies',
  summary: 'Copies rows to another tenant, which may be serving requests: all or nothing.',
  body: betweenBody,
  isForOwners: overwrites,
  prepare: async ({ fleet }, _, body) => ({ ...body, to: (await fleet.tenants.find(body.to)).id }),
  run: async ({ fleet }, tenant, { to, contents, ...options }, control) => {
    requireRepeatable(options, control);
    control.onStep('rows');
    return copyRows(fleet, tenant.id, to, options, { ...transferControlOf(control), contents });
  },
  // What is cancelled has changed nothing.
  cancel: async () => {},
};
