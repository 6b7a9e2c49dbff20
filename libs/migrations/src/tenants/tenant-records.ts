import {
  parseTenant,
  type ScriptStatement,
  type Tenant,
  TenantConflictError,
  type TenantStatus,
} from '@rowhouse/core';
import type pg from 'pg';
import { TENANT_COLUMNS } from '../homes/home-ledger.js';
import { sqlState } from '../migrate/migration-errors.js';

/** What happens to tenants, as hooks are told. */
export const TENANT_EVENTS = [
  'created',
  'updated',
  'suspended',
  'activated',
  'archived',
  'maintenance',
  'deleted',
  'restored',
  'purged',
  'failed',
] as const;
export type TenantEventType = (typeof TENANT_EVENTS)[number];

/** Tells the hooks, at least once, if the transaction is committed. */
export function eventStatement(event: TenantEventType, { id }: Pick<Tenant, 'id'>): ScriptStatement {
  return { text: 'select rowhouse.tell_of_tenant($1, $2)', values: [event, id] };
}

export function insertStatement(tenant: Tenant): ScriptStatement {
  const { id, slug, name, status, isolation, placement, plan, metadata } = tenant;
  return {
    text: `insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan, metadata)
           values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [id, slug, name, status, isolation, placement, plan, JSON.stringify(metadata)],
  };
}

/** Notes what is being done to a tenant in steps, until {@link endStatement}, or until the tenant is gone. */
export function beginStatement(
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

export function endStatement({ id }: Pick<Tenant, 'id'>): ScriptStatement {
  return { text: 'delete from rowhouse.tenant_operations where tenant_id = $1', values: [id] };
}

/** Reads a tenant; in a transaction with `lock` nobody else changes it meanwhile. */
export async function readTenant(
  client: Pick<pg.ClientBase, 'query'>,
  { id }: Pick<Tenant, 'id'>,
  { lock = false } = {},
): Promise<Tenant | undefined> {
  const { rows } = await client.query(
    `select ${TENANT_COLUMNS} from rowhouse.tenants t where t.id = $1 ${lock ? 'for update' : ''}`,
    [id],
  );
  return rows[0] && parseTenant(rows[0]);
}

export async function setStatus(
  client: Pick<pg.ClientBase, 'query'>,
  { id }: Pick<Tenant, 'id'>,
  status: TenantStatus,
): Promise<void> {
  await client.query('update rowhouse.tenants set status = $2, updated_at = pg_catalog.now() where id = $1', [
    id,
    status,
  ]);
}

/** PostgreSQL's refusals of a new tenant, in words. */
export function explainConflict(error: unknown, { slug, schema }: Tenant): unknown {
  const { constraint } = error as { constraint?: string };
  const state = sqlState(error);
  if (state === '23505' && constraint?.startsWith('tenants_')) {
    const taken = constraint === 'tenants_pkey' ? 'id' : 'slug';
    return new TenantConflictError(
      `The ${taken} of the tenant "${slug}" is taken by another one, which may be deleted and not purged yet. Choose another.`,
      error,
    );
  }
  // duplicate_schema
  if (state === '42P06') {
    const conflict = new TenantConflictError(
      'What the tenant would be called in the database is taken.',
      error,
    );
    conflict.message =
      `There is a schema "${schema}" that belongs to no tenant, so "${slug}" cannot have it. ` +
      'Look at what is in it; drop or rename it, or choose another slug.';
    return conflict;
  }
  return error;
}
