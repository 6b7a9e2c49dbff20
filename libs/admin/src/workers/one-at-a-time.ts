import { OperationConflictError } from '../errors.js';
import type { OperationKind } from '../operations/operation.js';
import type { Operations } from '../operations/operations.js';

/**
 * For kinds of which one is enough: two that begin at the same moment are told apart by the locks that they take.
 *
 * @param begun.id - of the operation that is to begin; it may have begun, for a request that comes again.
 * @param begun.tenantId - left out: of the whole fleet.
 * @throws {OperationConflictError} when another is under way.
 */
export async function requireNoneRunning(
  operations: Operations,
  { name }: Pick<OperationKind, 'name'>,
  { id, tenantId }: { readonly id: string; readonly tenantId?: string },
): Promise<void> {
  const [running] = await operations.list({ kind: name, state: 'running', tenantId, limit: 1 });
  if (running && running.id !== id)
    throw new OperationConflictError(`The operation ${running.id} is doing that.`);
}
