import type { TenantIsolation } from '../../tenant.js';

/** For whom a statement is to run, as far as the guard needs to know. */
export interface GuardedScope {
  readonly isolation: TenantIsolation;
  /** Schemas the tenant may name: its own and the shared ones, as PostgreSQL stores their names. */
  readonly schemas: readonly string[];
  /**
   * Row tenants: true for a table that carries tenants' rows without a policy. Asked for every table a statement
   * names, so it must answer from memory; `schema` is `undefined` where the statement names none.
   */
  readonly isUnprotected?: (schema: string | undefined, table: string) => boolean;
}
