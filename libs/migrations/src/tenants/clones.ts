import { type Actor, parseTenant, type Tenant, TenantConflictError } from '@rowhouse/core';
import {
  auditStatement,
  parseOptions,
  readTenant,
  runEach,
  type ScriptStatement,
  TENANT_COLUMNS,
} from '@rowhouse/core/internal';
import type pg from 'pg';
import { z } from 'zod';

/** What a clone is of. */
export interface CloneOrigin {
  readonly source: Pick<Tenant, 'id'>;
  /** When it is removed. Left out: never. */
  readonly expiresAt?: Date | undefined;
  /** For its event and the audit trail. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A tenant that was made as a clone. */
export interface CloneRecord {
  readonly tenantId: string;
  /** The tenant that it is of, which may be gone. */
  readonly sourceId: string;
  readonly clonedAt: Date;
  readonly expiresAt: Date | null;
}

type Queries = Pick<pg.ClientBase, 'query'>;

const expirySchema = z.strictObject({
  expiresAt: z
    .date()
    .refine((at) => at.getTime() > Date.now(), 'expected a time to come')
    .nullable(),
});

export function insertClone({ id }: Tenant, { source, expiresAt }: CloneOrigin): ScriptStatement {
  return {
    text: 'insert into rowhouse.tenant_clones (tenant_id, source_id, expires_at) values ($1, $2, $3)',
    values: [id, source.id, expiresAt?.toISOString() ?? null],
  };
}

/** Those of the tenants that are clones. */
export async function clonesAmong(catalog: Queries, ids: readonly string[]): Promise<readonly CloneRecord[]> {
  const { rows } = await catalog.query<CloneRecord>(
    `select c.tenant_id as "tenantId", c.source_id as "sourceId", c.cloned_at as "clonedAt", c.expires_at as "expiresAt"
       from rowhouse.tenant_clones c where c.tenant_id = any ($1)`,
    [ids],
  );
  return rows;
}

/** Clones whose time is over, and that nobody is creating or purging. */
export async function expiredClones(catalog: Queries): Promise<readonly Tenant[]> {
  const { rows } = await catalog.query(
    `select ${TENANT_COLUMNS} from rowhouse.tenants t join rowhouse.tenant_clones c on c.tenant_id = t.id
      where c.expires_at <= pg_catalog.now() and t.status <> 'deleting' order by c.expires_at, t.slug`,
  );
  return rows.map(parseTenant);
}

/** In a transaction that has locked the tenant: nobody changes when it expires. */
export async function isExpired(client: Queries, { id }: Tenant): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from rowhouse.tenant_clones where tenant_id = $1 and expires_at <= pg_catalog.now()',
    [id],
  );
  return rowCount === 1;
}

/**
 * Changes when a clone expires, in a transaction.
 *
 * @throws {TenantConflictError} when it is no clone, or is deleted.
 */
export async function setExpiry(
  client: Queries,
  { id }: Tenant,
  expiresAt: Date | null,
  {
    by,
    check,
  }: { readonly by?: Actor | undefined; readonly check?: ((present: Tenant) => void) | undefined },
): Promise<CloneRecord> {
  parseOptions('tenants.setExpiry', expirySchema, { expiresAt });
  const tenant = await readTenant(client, id, { lock: true });
  check?.(tenant);
  const [before] = await clonesAmong(client, [id]);
  if (!before)
    throw new TenantConflictError(`The tenant "${tenant.slug}" is no clone: only clones can expire.`);
  if (tenant.status === 'deleted' || tenant.status === 'deleting')
    throw new TenantConflictError(`The tenant "${tenant.slug}" is ${tenant.status}. Restore it first.`);
  await client.query('update rowhouse.tenant_clones set expires_at = $2 where tenant_id = $1', [
    id,
    expiresAt,
  ]);
  await runEach(client, [
    auditStatement({
      action: 'tenant.expiry_changed',
      tenantId: id,
      target: tenant.slug,
      before: { expiresAt: before.expiresAt },
      after: { expiresAt },
      by,
    }),
  ]);
  return { ...before, expiresAt };
}
