import type { Tenant } from '@rowhouse/core';
import { onOneLine } from '../../shell/print.js';
import { table } from '../../shell/report.js';

/** A tenant that was made as a clone may expire. */
export type ExpiringTenant = Tenant & { readonly expiresAt?: Date };

export function tenantsText(tenants: readonly ExpiringTenant[]): string {
  if (tenants.length === 0) return 'No tenants.';
  const anyExpires = tenants.some(({ expiresAt }) => expiresAt);
  const rows = tenants.map(({ slug, name, status, isolation, placement, plan, expiresAt }) => [
    slug,
    name,
    status,
    isolation,
    placement,
    plan,
    ...(anyExpires ? [expiresAt?.toISOString() ?? ''] : []),
  ]);
  const expires = anyExpires ? ['EXPIRES'] : [];
  return table(['SLUG', 'NAME', 'STATUS', 'ISOLATION', 'PLACEMENT', 'PLAN', ...expires], rows);
}

export function tenantText(tenant: Tenant): string {
  const fields = Object.entries(tenant).map(([field, value]) => [field, onOneLine(textOf(value))] as const);
  const width = Math.max(...fields.map(([field]) => field.length));
  return fields.map(([field, value]) => `${field.padEnd(width)}  ${value}`).join('\n');
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
