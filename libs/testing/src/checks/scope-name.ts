import type { TenantScope } from '@rowhouse/core';

/** A scope in a message. */
export function nameOf(scope: TenantScope | undefined): string {
  if (scope?.kind === 'tenant') return `tenant ${scope.tenant.slug}`;
  return scope ? `the system (${scope.reason})` : 'nobody';
}

/** Whether work in one scope may go on in the other. */
export function isSameScope(one: TenantScope | undefined, other: TenantScope | undefined): boolean {
  if (one?.kind === 'tenant') return other?.kind === 'tenant' && one.tenant.id === other.tenant.id;
  return one?.kind === other?.kind;
}
