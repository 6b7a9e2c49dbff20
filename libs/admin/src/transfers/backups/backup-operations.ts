import { z } from 'zod';
import type { OperationKind } from '../../operations/operation.js';
import { newTenantSchema } from '../../tenants/tenant-operations.js';
import { contents } from '../contents.js';
import { INCLUDE_DESCRIPTION, include } from '../include.js';
import { makeTenant, suspended, undoTenant } from '../new-tenants/made-tenant.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferParts } from '../transfer-kind.js';
import { withoutUndefined } from '../without-undefined.js';
import { requireBackups, viewOf } from './backup-view.js';

/** What the tenant that a backup becomes has, where it is not as in the backup. */
export const restoredTenantSchema = newTenantSchema
  .omit({ metadata: true })
  .partial()
  .extend({
    suspended,
    contents,
    include: include
      .optional()
      .describe(`${INCLUDE_DESCRIPTION} Default: all that both the backup and the application have.`),
  });

const restoreInput = restoredTenantSchema.extend({ backup: z.guid() });
const proofInput = z.strictObject({ backup: z.guid() });

/** What is done with backups that are there. Their tenants may be gone. */
export class BackupOperations {
  /** The tenant that is made has the id of the operation. */
  readonly restore: OperationKind<z.output<typeof restoreInput>>;
  readonly prove: OperationKind<z.output<typeof proofInput>>;

  constructor(parts: TransferParts) {
    const { fleet } = parts;
    this.restore = {
      name: 'backup.restore',
      input: restoreInput,
      run: ({ backup, include: kinds, contents, ...given }, control) =>
        makeTenant(fleet, control, (id) =>
          requireBackups(parts).restore(
            backup,
            { ...withoutUndefined(given), id },
            { ...transferControlOf(control), include: kinds, contents },
          ),
        ),
      cancel: async (_, control) => {
        await undoTenant(fleet, control);
      },
    };
    this.prove = {
      name: 'backup.prove',
      input: proofInput,
      run: async ({ backup }, control) =>
        viewOf(await requireBackups(parts).prove(backup, transferControlOf(control))),
      // The tenant of the test is removed in any case.
      cancel: async () => {},
    };
  }
}
