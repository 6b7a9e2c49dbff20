import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { Actor } from '../audit/actor.js';
import { auditContext } from '../audit/audit-context.js';
import { TenantConflictError, TenantIdInvalidError, TenantNotFoundError } from '../errors.js';
import type { ScriptStatement } from '../pin/pinned-query.js';
import {
  CONTROLS_REFUSED,
  isFreeOfControls,
  isStorableJson,
  UNSTORABLE_REFUSED,
} from '../support/control-characters.js';
import { parseTenantFields } from '../support/parse-options.js';
import { sqlStateOf } from '../support/sql-state.js';
import {
  isTenantId,
  parseTenant,
  parseTenantSlug,
  TENANT_FIELDS,
  type Tenant,
  type TenantStatus,
  tenantOf,
  tenantSchema,
} from '../tenant.js';
import type { NewTenant, TenantChange } from './tenant-store.js';

// Store and lifecycle check what they are given here, and write it to the catalog by these statements.

/** Columns of `rowhouse.tenants t`, under the names of a tenant's fields. */
export const TENANT_COLUMNS = `t.id, t.slug, t.name, t.status, t.isolation, t.placement, t.plan, t.overrides, t.metadata,
  t.created_at as "createdAt", t.updated_at as "updatedAt"`;

/** What happens to tenants, as hooks hear of it. */
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
  'invited',
  'quotaNear',
  'quotaReached',
  'noisy',
  'quiet',
  'fileQuarantined',
] as const;
export type TenantEventType = (typeof TENANT_EVENTS)[number];

/** Names are shown in tables, terminals and logs. Tenants that have others already are read as they are, and can be renamed. */
const shown = {
  name: TENANT_FIELDS.name.refine(isFreeOfControls, CONTROLS_REFUSED),
  plan: TENANT_FIELDS.plan.refine(isFreeOfControls, CONTROLS_REFUSED),
  metadata: z.record(z.string(), z.json()).refine(isStorableJson, UNSTORABLE_REFUSED),
};

/** What goes into the catalog is JSON. */
const newTenantSchema = tenantSchema.extend(shown);

export const DEFAULT_PLAN = 'free';

/** A new tenant with every default filled in. The timestamps are `now`. */
export function parseNewTenant(input: NewTenant, now: Date): Tenant {
  const { id = randomUUID(), slug, name = slug, status = 'active', isolation = 'schema' } = input;
  const { placement = 'default', plan = DEFAULT_PLAN, overrides = {}, metadata = {} } = input;
  if (!isTenantId(id)) throw new TenantIdInvalidError('id');
  const fields = { id, slug: parseTenantSlug(slug), name, status, isolation, placement, plan, overrides };
  const tenant = parseTenantFields(newTenantSchema, { ...fields, metadata, createdAt: now, updatedAt: now });
  return tenantOf({ ...tenant, metadata: structuredClone(tenant.metadata) });
}

const tenantChangeSchema = z
  .strictObject(shown)
  .partial()
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    'expected name, plan or metadata',
  );

/** @throws {TenantInvalidError} when a field is wrong, or there is none that may change. */
export function parseTenantChange(change: TenantChange): TenantChange {
  return parseTenantFields(tenantChangeSchema, change);
}

export function insertTenant(tenant: Tenant): ScriptStatement {
  const { id, slug, name, status, isolation, placement, plan, overrides, metadata } = tenant;
  return {
    text: `insert into rowhouse.tenants as t (id, slug, name, status, isolation, placement, plan, metadata, overrides)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${TENANT_COLUMNS}`,
    values: [
      id,
      slug,
      name,
      status,
      isolation,
      placement,
      plan,
      JSON.stringify(metadata),
      JSON.stringify(overrides),
    ],
  };
}

/** What is left out of the change stays as it is. */
export function updateTenant(id: string, { name, plan, metadata }: TenantChange): ScriptStatement {
  return {
    text: `update rowhouse.tenants t set name = coalesce($2, t.name), plan = coalesce($3, t.plan),
               metadata = coalesce($4, t.metadata), updated_at = pg_catalog.now()
             where t.id operator(pg_catalog.=) $1 returning ${TENANT_COLUMNS}`,
    values: [id, name ?? null, plan ?? null, metadata ? JSON.stringify(metadata) : null],
  };
}

export function setTenantOverrides(
  { id }: Pick<Tenant, 'id'>,
  overrides: Tenant['overrides'],
): ScriptStatement {
  return {
    text: `update rowhouse.tenants set overrides = $2, updated_at = pg_catalog.now()
             where id operator(pg_catalog.=) $1`,
    values: [id, JSON.stringify(overrides)],
  };
}

export function setTenantStatus({ id }: Pick<Tenant, 'id'>, status: TenantStatus): ScriptStatement {
  return {
    text: `update rowhouse.tenants set status = $2, updated_at = pg_catalog.now()
             where id operator(pg_catalog.=) $1`,
    values: [id, status],
  };
}

export function deleteTenant(id: string): ScriptStatement {
  return { text: 'delete from rowhouse.tenants where id operator(pg_catalog.=) $1', values: [id] };
}

/**
 * Reports a change to the hooks, at least once, and to the audit trail, if the transaction is committed.
 *
 * @param before - the tenant before the change, where it is known.
 * @param detail - what the event is about, where that is not the tenant alone. No secrets: it is kept.
 * @param part - what was changed of that which belongs to the tenant, as the audit trail names it: `domain.added` and the domain.
 */
export function writeEvent(
  event: TenantEventType,
  { id }: Pick<Tenant, 'id'>,
  by: Actor | undefined,
  {
    before,
    detail,
    part,
  }: {
    readonly before?: Tenant | undefined;
    readonly detail?: Readonly<Record<string, unknown>> | undefined;
    readonly part?: { readonly action: string; readonly target: string } | undefined;
  } = {},
): ScriptStatement {
  const { by: requestedBy, ...request } = auditContext();
  const actor = by ?? requestedBy;
  const details = {
    ...request,
    ...(before && { before: auditedFieldsOf(before) }),
    ...(detail && { detail }),
    ...(part && { part }),
  };
  return {
    text: 'select rowhouse.write_event($1, $2, $3, $4)',
    values: [event, id, actor ? JSON.stringify(actor) : null, JSON.stringify(details)],
  };
}

/** What `rowhouse.write_event` records of a tenant after the change. */
function auditedFieldsOf({ slug, name, status, isolation, placement, plan, overrides, metadata }: Tenant) {
  return { slug, name, status, isolation, placement, plan, overrides, metadata };
}

/** Records that an operation on a tenant is in progress, until {@link endOperation} or until the tenant is removed. */
export function beginOperation(
  { id }: Pick<Tenant, 'id'>,
  kind: 'create' | 'import' | 'purge',
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

/** Reads a tenant; in a transaction with `lock` nobody else changes it meanwhile. */
export async function readTenant(
  client: Pick<pg.ClientBase, 'query'>,
  id: string,
  { lock = false } = {},
): Promise<Tenant> {
  const { rows } = await client.query(
    `select ${TENANT_COLUMNS} from rowhouse.tenants t where t.id operator(pg_catalog.=) $1 ${lock ? 'for update' : ''}`,
    [id],
  );
  if (!rows[0]) throw new TenantNotFoundError();
  return parseTenant(rows[0]);
}

/** PostgreSQL's refusals of a new tenant, in words; other errors as they are. */
export function explainConflict(error: unknown, { slug, schema }: Tenant): unknown {
  const { constraint } = Object(error) as { constraint?: string };
  const state = sqlStateOf(error);
  // unique_violation
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
