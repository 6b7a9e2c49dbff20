import { TENANT_COLUMN } from '@rowhouse/typeorm/internal';
import pg from 'pg';
import type { OwnerTransaction } from './owner-transaction.js';

const { escapeIdentifier: quote } = pg;

interface UniqueIndex {
  readonly table: string;
  readonly name: string;
  readonly isConstraint: boolean;
  readonly columns: string;
  readonly definition: string;
}

const UNIQUE_INDEXES = `
  select pg_catalog.format('%I.%I', n.nspname, t.relname) as table, x.relname::text as name,
         k.oid is not null as "isConstraint",
         (select pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.indexrelid, place, true), ', ' order by place)
            from pg_catalog.generate_series(1, i.indnkeyatts) place) as columns,
         pg_catalog.pg_get_indexdef(i.indexrelid) as definition
    from pg_catalog.pg_index i
    join pg_catalog.pg_class x on x.oid = i.indexrelid and not x.relispartition
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype = 'u'
   where n.nspname = $1 and t.relname = any($2) and i.indisunique and not i.indisprimary
   order by 1, 2`;

/**
 * Warns of unique indexes and constraints that do not include the tenant: a value of one tenant blocks all other tenants.
 *
 * @param tables - names without a schema.
 * @returns one line for each, with the statements that make it unique within a tenant.
 */
export async function warnOfUniqueAcrossTenants(
  owner: OwnerTransaction,
  schema: string,
  tables: readonly string[],
): Promise<string[]> {
  const indexes = await owner.read<UniqueIndex>(UNIQUE_INDEXES, [schema, tables]);
  return indexes.map((index) => {
    const remedy = index.isConstraint ? constraintWithin(index) : indexWithin(index, schema);
    return `${index.name} of ${index.table} stays unique over all tenants (${index.columns}). To make it unique within each tenant: ${remedy}`;
  });
}

function constraintWithin({ table, name, columns }: UniqueIndex): string {
  const constraint = quote(name);
  return `alter table ${table} drop constraint ${constraint}, add constraint ${constraint} unique (${TENANT_COLUMN}, ${columns})`;
}

function indexWithin({ name, definition }: UniqueIndex, schema: string): string {
  const within = definition.replace('(', `(${TENANT_COLUMN}, `);
  return `drop index ${quote(schema)}.${quote(name)}; ${within}`;
}
