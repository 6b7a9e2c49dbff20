import { RequestInvalidError } from '@rowhouse/nestjs/operator';
import { cloneTenant, type Masks, sampleSchema } from '@rowhouse/transfer';
import { z } from 'zod';
import { newTenantSchema } from '../../tenants/tenant-operations.js';
import { shownText } from '../../text.js';
import { contents } from '../contents.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind } from '../transfer-kind.js';
import { withoutUndefined } from '../without-undefined.js';
import { makeTenant, requireFreeSlug, suspended, undoTenant } from './made-tenant.js';

const DAY_MS = 86_400_000;

const cloneBody = newTenantSchema.omit({ metadata: true }).extend({
  suspended,
  masks: shownText(100).optional().describe('The name of masks that the application has declared.'),
  unmasked: z.boolean().default(false).describe('Every value stays as it is. Without masks it must be true.'),
  contents: contents.describe(
    'Whether contents that rows name go along, such as files. Default: true without masks, false with them.',
  ),
  sample: sampleSchema.optional().describe('A part of the rows. Default: all.'),
  expiresInDays: z.int().min(1).max(3_650).optional().describe('When the clone is removed. Default: never.'),
});
type CloneBody = z.output<typeof cloneBody>;

/** Makes a new tenant of the rows of another. */
export const cloneKind: TransferKind<CloneBody> = {
  name: 'clone',
  route: 'clones',
  summary:
    'Makes a new tenant of the rows of another one, masked and as a sample where asked. It has the id of the operation.',
  body: cloneBody,
  prepare: async ({ fleet, masks }, _, body, id) => {
    masksOf(masks, body);
    await requireFreeSlug(fleet, body.slug, id);
    return body;
  },
  run: ({ fleet, masks }, tenant, body, control) => {
    const { masks: _, unmasked: __, expiresInDays, contents, ...given } = body;
    const chosen = masksOf(masks, body);
    return makeTenant(fleet, control, (id) =>
      cloneTenant(
        fleet,
        tenant,
        {
          ...withoutUndefined(given),
          id,
          ...(chosen && { masks: chosen }),
          ...(expiresInDays && { expiresAt: new Date(Date.now() + expiresInDays * DAY_MS) }),
        },
        { ...transferControlOf(control), contents },
      ),
    );
  },
  cancel: async ({ fleet }, _, __, control) => {
    await undoTenant(fleet, control);
  },
};

/**
 * @returns `undefined` for a clone that is to be unmasked.
 * @throws {RequestInvalidError} where the masks are not there, so that nothing is cloned as it is by mistake.
 */
function masksOf(
  declared: Readonly<Record<string, Masks>>,
  { masks: name, unmasked }: CloneBody,
): Masks | undefined {
  if (name === undefined && unmasked) return undefined;
  if (name !== undefined && !unmasked && Object.hasOwn(declared, name)) return declared[name];
  const names = Object.keys(declared);
  const known = names.length > 0 ? `one of ${names.join(', ')}` : 'none, since the application declares none';
  throw new RequestInvalidError([{ field: 'masks', expected: `expected ${known}; or unmasked: true` }]);
}
