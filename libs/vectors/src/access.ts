import { EntryReadOnlyError, type Tenant, TenantContext } from '@rowhouse/core';

/**
 * The tenant in force, whose collections are meant.
 *
 * @throws {TenantContextMissingError} outside a tenant, the system context included: enter the tenant that is meant.
 * @throws {EntryEndedError} when the operator's entry that is in force is over.
 * @throws {EntryReadOnlyError} for a write under an entry that only reads.
 */
export function tenantInForce(purpose: 'read' | 'write'): Tenant {
  const tenant = TenantContext.require();
  const scope = TenantContext.scope();
  if (scope?.kind === 'tenant') scope.signal?.throwIfAborted();
  const entry = TenantContext.entry();
  entry?.ended.throwIfAborted();
  if (entry?.readOnly && purpose === 'write')
    throw new EntryReadOnlyError(new Error('Nothing was sent to the store of vectors.'));
  return tenant;
}
