import type { Tenant } from '@rowhouse/core';
import type { ScriptStatement } from '@rowhouse/core/internal';

/** Until it is activated, no schedule is the tenant's. */
export function insertMadeSuspended({ id }: Tenant): ScriptStatement {
  return { text: 'insert into rowhouse.tenants_made_suspended (tenant_id) values ($1)', values: [id] };
}

export function deleteMadeSuspended({ id }: Tenant): ScriptStatement {
  return { text: 'delete from rowhouse.tenants_made_suspended where tenant_id = $1', values: [id] };
}
