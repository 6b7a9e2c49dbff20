import type { Tenant } from '@rowhouse/core';
import type { ScriptStatement } from '@rowhouse/core/internal';

/** Records that an operation on a tenant is in progress, until {@link endOperation} or until the tenant is removed. */
export function beginOperation(
  { id }: Pick<Tenant, 'id'>,
  kind: 'create' | 'purge',
  step: string,
): ScriptStatement {
  return {
    text: `insert into rowhouse.tenant_operations (tenant_id, kind, step) values ($1, $2, $3)
             on conflict (tenant_id) do update set kind = excluded.kind, step = excluded.step, error = null, updated_at = now()`,
    values: [id, kind, step],
  };
}

export function failOperation({ id }: Pick<Tenant, 'id'>, error: string): ScriptStatement {
  return {
    text: 'update rowhouse.tenant_operations set error = $2, updated_at = pg_catalog.now() where tenant_id = $1',
    values: [id, error],
  };
}

export function endOperation({ id }: Pick<Tenant, 'id'>): ScriptStatement {
  return { text: 'delete from rowhouse.tenant_operations where tenant_id = $1', values: [id] };
}
