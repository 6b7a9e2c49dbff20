import { rewindTenant, slugAt } from '@rowhouse/transfer';
import { z } from 'zod';
import { newTenantSchema } from '../../tenants/tenant-operations.js';
import { contents } from '../contents.js';
import { makeTenant, requireFreeSlug, suspended, undoTenant } from '../new-tenants/made-tenant.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind } from '../transfer-kind.js';
import { withoutUndefined } from '../without-undefined.js';

const rewindBody = newTenantSchema
  .omit({ metadata: true })
  .partial()
  .extend({
    at: z.iso.datetime({ offset: true }).describe('The moment. The journal must lead back to it.'),
    suspended: suspended.unwrap().default(true),
    contents,
  });

/** Makes a new tenant of another as it was at a moment, by its journal. */
export const rewindKind: TransferKind<z.output<typeof rewindBody>> = {
  name: 'rewind',
  route: 'rewinds',
  summary:
    'Makes a new tenant of another as it was at a moment, by its journal. It has the id of the operation.',
  body: rewindBody,
  prepare: async ({ fleet }, tenant, { slug, ...body }, id) => {
    const chosen = slug ?? slugAt(tenant, new Date(body.at));
    await requireFreeSlug(fleet, chosen, id);
    return { ...body, slug: chosen };
  },
  run: ({ fleet }, tenant, { at, contents, ...given }, control) =>
    makeTenant(fleet, control, (id) =>
      rewindTenant(
        fleet,
        tenant,
        new Date(at),
        { ...withoutUndefined(given), id },
        { ...transferControlOf(control), contents },
      ),
    ),
  cancel: async ({ fleet }, _, __, control) => {
    await undoTenant(fleet, control);
  },
};
