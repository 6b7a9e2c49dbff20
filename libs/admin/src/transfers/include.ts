import { RequestInvalidError } from '@rowhouse/nestjs/operator';
import { RECORD_KINDS, type RecordKind } from '@rowhouse/transfer';
import { z } from 'zod';
import type { TransferParts } from './transfer-kind.js';

/** Records that go along with rows. */
export const include = z.array(z.enum(RECORD_KINDS)).max(RECORD_KINDS.length);

export const INCLUDE_DESCRIPTION = 'What of the tenant goes along that the catalog keeps.';

/**
 * Before anything begins: the answer is 400 then, and no failed operation.
 *
 * @throws {RequestInvalidError} for records that the app does not have.
 */
export function requireDeclared(
  { records }: Pick<TransferParts, 'records'>,
  kinds: readonly RecordKind[] = [],
): void {
  const undeclared = kinds.filter((kind) => !records.kinds.includes(kind));
  if (undeclared.length > 0)
    throw new RequestInvalidError([
      {
        field: 'include',
        expected: `expected some of ${records.kinds.join(', ')}, since the application declares no ${undeclared.join(', ')}`,
      },
    ]);
}
