import type { Tenant } from '../tenant.js';

/** The comment on a tenant's own database, so that it is never taken for another one's. */
export function databaseMark({ id }: Pick<Tenant, 'id'>): string {
  return `Rowhouse tenant ${id}`;
}
