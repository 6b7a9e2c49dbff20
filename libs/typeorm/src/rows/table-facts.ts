import { InternalError } from '@rowhouse/core';
import { ROW_POLICIES } from '@rowhouse/core/internal';
import type { DataSource } from 'typeorm';
import { ROW_SECURITY_PARTS, type RowSecurityPart, TENANT_KEY, tableReference } from './row-security.js';
import { TENANT_COLUMN } from './tenant-column.js';
import { type TenantTable, tenantTables } from './tenant-tables.js';

/** A `@TenantEntity()` class, or a relation of one, has no table yet. */
export class TenantTableMissingError extends InternalError {
  readonly code = 'TENANT_TABLE_MISSING';
  constructor(table: string) {
    super(`There is no table ${table} in this database. Run the migrations that make the tables first.`);
  }
}

/** The parts of tables that exist. Names without a schema are resolved by the path of the connection. */
const FACTS = `
  select t.name,
         c.oid is not null as "isThere",
         coalesce(c.relrowsecurity and c.relforcerowsecurity, false) as "enforcement",
         a.attnum is not null as "column",
         exists (select from pg_catalog.pg_index i
                  where i.indrelid = c.oid and i.indkey[0] = a.attnum and i.indpred is null and i.indisvalid) as "index",
         exists (select from pg_catalog.pg_constraint k
                  where k.conrelid = c.oid and k.contype = 'f' and k.conname = $2) as "catalogKey",
         exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = $3) as "tenantPolicy",
         exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = $4) as "systemPolicy",
         exists (select from pg_catalog.pg_class o join pg_catalog.pg_namespace n on n.oid = o.relnamespace
                  where n.nspname = 'rowhouse' and o.relname = 'tenants') as "hasCatalog"
    from unnest($1::text[]) with ordinality as t (name, place)
    left join pg_catalog.pg_class c on c.oid = to_regclass(t.name)
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = $5 and not a.attisdropped
   order by t.place`;

type TableFacts = Readonly<Record<RowSecurityPart | 'isThere' | 'hasCatalog', boolean>> & {
  readonly name: string;
};

/** A table and the missing parts of its row security, in the order in which they are made. */
export interface UnsecuredTable {
  readonly table: TenantTable;
  readonly missing: readonly RowSecurityPart[];
}

/**
 * Compares the tables of the data source's tenant entities with the database it is connected to.
 *
 * @throws {TenantTableMissingError} when one of them does not exist.
 */
export async function findUnsecuredTables(
  dataSource: DataSource,
  { isOwnHome }: { isOwnHome: boolean },
): Promise<readonly UnsecuredTable[]> {
  const tables = tenantTables(dataSource);
  const facts: readonly TableFacts[] = await dataSource.query(FACTS, [
    tables.map(tableReference),
    TENANT_KEY,
    ROW_POLICIES.tenant,
    ROW_POLICIES.system,
    TENANT_COLUMN,
  ]);
  return tables
    .map((table, place) => ({ table, missing: missingParts(facts[place], table, isOwnHome) }))
    .filter(({ missing }) => missing.length > 0);
}

function missingParts(
  facts: TableFacts | undefined,
  table: TenantTable,
  isOwnHome: boolean,
): readonly RowSecurityPart[] {
  if (!facts?.isThere) throw new TenantTableMissingError(tableReference(table));
  // In a home without the catalog the key is listed with the policy, because the same migration runs where the key is
  // needed.
  const keyIsDue = (facts.hasCatalog && !isOwnHome) || !facts.tenantPolicy;
  return ROW_SECURITY_PARTS.filter((part) => !facts[part] && (part !== 'catalogKey' || keyIsDue));
}
