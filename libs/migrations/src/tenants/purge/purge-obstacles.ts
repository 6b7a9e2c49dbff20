import { type Tenant, TenantContext } from '@rowhouse/core';
import { HOLDS_ROWS_OF_TENANTS } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { MigrationConflictError } from '../../errors.js';
import { dependentsOfSchema, together } from '../../homes/outside-dependents.js';

import { refuseFrozenSchema } from './purge-schema.js';
import { refuseKeptRows } from './row-trial.js';

const { escapeIdentifier: quote } = pg;

/** Rows that a message names of each foreign key. */
const NAMED_ROWS = 5;

/** A foreign key that refers to a table with rows of tenants. Lists of columns go together. */
interface ForeignKey {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly refersTo: string;
  readonly referred: readonly string[];
  /** Whether its rows have a tenant. */
  readonly hasTenant: boolean;
}

interface ReferringRow {
  /** Of the columns of the foreign key. */
  readonly values: readonly string[];
  readonly tenantId: string | null;
}

interface ReferringRows {
  readonly key: ForeignKey;
  readonly rows: readonly ReferringRow[];
}

// conparentid = 0: the copies of a key in partitions say the same as the key of their parent.
const FOREIGN_KEYS = `
  with tenants as (
    select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where ${HOLDS_ROWS_OF_TENANTS})
  select k.conname::text as name, (select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = k.conrelid) as table,
         (select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = k.confrelid) as "refersTo",
         array(select a.attname::text from unnest(k.conkey) with ordinality x (num, place)
                 join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.num order by x.place) as columns,
         array(select a.attname::text from unnest(k.confkey) with ordinality x (num, place)
                 join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.num order by x.place) as referred,
         k.conrelid in (select oid from tenants) as "hasTenant"
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0 and k.confrelid in (select oid from tenants)
   order by 2, 1`;

/**
 * Makes sure that a purge can come to its end, and that it removes nothing but the tenant's own. It changes nothing.
 *
 * @throws {MigrationConflictError} naming what refers to the home from outside of it: views, foreign keys and the like; or rows
 *   of other tenants; or what refuses to have it removed: event triggers, triggers, rules, publications.
 */
export async function refuseObstacles(registry: DataSourceRegistry, tenant: Tenant): Promise<void> {
  if (tenant.isolation === 'schema') {
    await refuseDependents(registry, tenant);
    await refuseFrozenSchema(registry, tenant);
  }
  if (tenant.isolation === 'row') {
    await refuseReferringRows(registry, tenant);
    await refuseKeptRows(registry, tenant);
  }
}

/** Objects in other schemas that use those of the tenant's schema: DROP … CASCADE would drop them too. */
async function refuseDependents(registry: DataSourceRegistry, tenant: Tenant): Promise<void> {
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  const dependents = await dependentsOfSchema(
    (text, values) => owner.query(text, [...values]),
    tenant.schema,
  );
  if (dependents.length === 0) return;
  const named = together(dependents).map(({ name, uses }) => `${name} (uses ${uses})`);
  throw new MigrationConflictError(
    `Nothing was removed: what is not in the schema "${tenant.schema}" uses what is in it, and would be dropped with it: ` +
      `${named.join('; ')}. Drop it or change it, then purge the tenant again.`,
  );
}

/**
 * Rows of others that refer to the tenant's: the purge would fail at them, or by ON DELETE remove or change them. Row-level
 * security does not apply to what a foreign key does (manual, 5.9 "Row Security Policies").
 */
async function refuseReferringRows(registry: DataSourceRegistry, tenant: Tenant): Promise<void> {
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  const keys: ForeignKey[] = await owner.query(FOREIGN_KEYS);
  const all: ReferringRows[] = [];
  for (const key of keys) all.push({ key, rows: await readersOf(registry, owner, key, tenant) });
  const found = all.filter(({ rows }) => rows.length > 0);
  if (found.length === 0) return;
  const others: { id: string; slug: string }[] = await owner.query(
    'select id, slug from rowhouse.tenants where id = any($1)',
    [found.flatMap(({ rows }) => rows.map(({ tenantId }) => tenantId))],
  );
  const slugs = new Map(others.map(({ id, slug }) => [id, slug]));
  throw new MigrationConflictError(
    `Nothing was removed: rows of others refer to rows of this tenant: ${found.map((all) => describe(all, slugs)).join('; ')}. ` +
      'Change or delete those rows, then purge the tenant again.',
  );
}

/** The system reads the rows of all tenants; tables that are not tenants' are the owner's, who may read the tenant's rows by its id. */
function readersOf(
  registry: DataSourceRegistry,
  owner: DataSource,
  key: ForeignKey,
  tenant: Tenant,
): Promise<ReferringRow[]> {
  if (key.hasTenant)
    return TenantContext.runAsSystem('rows that a purge would meet', () =>
      rowsOf(registry.ambient, key, tenant),
    );
  return owner.transaction(async (manager) => {
    await manager.query("select pg_catalog.set_config('rowhouse.tenant_id', $1, true)", [tenant.id]);
    return rowsOf(manager, key, tenant);
  });
}

function rowsOf(reader: Pick<DataSource, 'query'>, key: ForeignKey, { id }: Tenant): Promise<ReferringRow[]> {
  const on = key.columns.map(
    (column, place) => `child.${quote(column)} = parent.${quote(key.referred[place] ?? '')}`,
  );
  const values = key.columns.map((column) => `child.${quote(column)}::text`).join(', ');
  const [tenantId, others] = key.hasTenant ? ['child.tenant_id', 'and child.tenant_id <> $1'] : ['null', ''];
  return reader.query(
    `select array[${values}] as values, ${tenantId} as "tenantId" from ${key.table} child join ${key.refersTo} parent on ${on.join(' and ')}
      where parent.tenant_id = $1 ${others} limit ${NAMED_ROWS + 1}`,
    [id],
  );
}

function describe({ key, rows }: ReferringRows, slugs: ReadonlyMap<string, string>): string {
  const named = rows.slice(0, NAMED_ROWS).map(({ values, tenantId }) => {
    const columns = key.columns.map((column, place) => `${column} = ${values[place]}`).join(', ');
    return tenantId === null ? columns : `${columns} of ${slugs.get(tenantId) ?? tenantId}`;
  });
  if (rows.length > NAMED_ROWS) named.push('…');
  return `${key.table} (${named.join(', ')}) by ${key.name} to ${key.refersTo}`;
}
