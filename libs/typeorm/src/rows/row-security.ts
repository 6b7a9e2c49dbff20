import { DEFAULT_SYSTEM_ROLE, ROW_POLICIES } from '@rowhouse/core/internal';
import pg from 'pg';
import { TENANT_COLUMN, TENANT_DEFAULT } from './tenant-column.js';
import type { TenantTable } from './tenant-tables.js';

/** The foreign key to the catalog's tenants. */
export const TENANT_KEY = 'rowhouse_tenant';

/** The parts of the row security of a table, in the order in which they are made. */
export const ROW_SECURITY_PARTS = [
  'column',
  'index',
  'catalogKey',
  'tenantPolicy',
  'systemPolicy',
  'enforcement',
] as const;
export type RowSecurityPart = (typeof ROW_SECURITY_PARTS)[number];

/** A statement, and the one that undoes it. */
export interface Change {
  readonly up: string;
  readonly down: string;
}

/** Every identifier of these statements is quoted here. */
const quote = (name: string) => pg.escapeIdentifier(name);

const within = (schema: string | undefined, name: string) =>
  schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;

/** The table as SQL names it: without a schema, unless its entity has one. */
export function tableReference({ schema, name }: Pick<TenantTable, 'schema' | 'name'>): string {
  return within(schema, name);
}

/**
 * The SQL of one part of a table's row security (PostgreSQL manual, chapter 5, "Row Security Policies").
 *
 * @param systemRole - reads and writes every tenant's rows; it must exist.
 */
export function rowSecurityChange(
  part: RowSecurityPart,
  table: TenantTable,
  systemRole: string = DEFAULT_SYSTEM_ROLE,
): Change {
  const name = tableReference(table);
  const column = quote(TENANT_COLUMN);
  switch (part) {
    case 'column':
      return {
        up: `alter table ${name} add column ${column} uuid not null default ${TENANT_DEFAULT}`,
        down: `alter table ${name} drop column ${column}`,
      };
    case 'index':
      return {
        up: `create index ${quote(table.indexName)} on ${name} (${column})`,
        down: `drop index ${within(table.schema, table.indexName)}`,
      };
    case 'catalogKey':
      return {
        up: `alter table ${name} add constraint ${quote(TENANT_KEY)} foreign key (${column}) references rowhouse.tenants (id) on delete restrict`,
        down: `alter table ${name} drop constraint if exists ${quote(TENANT_KEY)}`,
      };
    case 'tenantPolicy':
      return policy(ROW_POLICIES.tenant, name, 'public', ROW_POLICIES.isOwnRow);
    case 'systemPolicy':
      return policy(ROW_POLICIES.system, name, quote(systemRole), 'true');
    case 'enforcement':
      return {
        // Without FORCE, policies do not apply to the owner of the table.
        up: `alter table ${name} enable row level security, force row level security`,
        down: `alter table ${name} no force row level security, disable row level security`,
      };
  }
}

function policy(policyName: string, table: string, role: string, condition: string): Change {
  return {
    up: `create policy ${quote(policyName)} on ${table} for all to ${role}
        using (${condition})
        with check (${condition})`,
    down: `drop policy ${quote(policyName)} on ${table}`,
  };
}
