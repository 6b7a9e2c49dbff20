import type { Tenant } from '@rowhouse/core';
import { onOneLine } from '../../shell/print.js';
import { table } from '../../shell/report.js';

/** A tenant, and what is known of it beside its record. */
export type ListedTenant = Tenant & {
  /** Of one that was made as a clone. */
  readonly expiresAt?: Date;
  /** The worker of Citus that has its tables: `host:port`. */
  readonly worker?: string;
};

export function tenantsText(tenants: readonly ListedTenant[]): string {
  if (tenants.length === 0) return 'No tenants.';
  const anyExpires = tenants.some(({ expiresAt }) => expiresAt);
  const anyWorker = tenants.some(({ worker }) => worker);
  const rows = tenants.map(({ slug, name, status, isolation, placement, worker, plan, expiresAt }) => [
    slug,
    name,
    status,
    isolation,
    placement,
    ...(anyWorker ? [worker ?? ''] : []),
    plan,
    ...(anyExpires ? [expiresAt?.toISOString() ?? ''] : []),
  ]);
  const workers = anyWorker ? ['WORKER'] : [];
  const expires = anyExpires ? ['EXPIRES'] : [];
  return table(['SLUG', 'NAME', 'STATUS', 'ISOLATION', 'PLACEMENT', ...workers, 'PLAN', ...expires], rows);
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
