import {
  ROW_SECURITY_PARTS,
  type RowSecurityPart,
  rowSecurityChange,
  TENANT_COLUMN,
  TENANT_DEFAULT,
} from '@rowhouse/typeorm/internal';
import pg from 'pg';
import { MigrationRefusedError } from '../errors.js';
import type { Restoration } from './adoption-plan.js';
import { type Conversion, type Found, sequenceGrants } from './conversion.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { ownershipStatement, ownershipStatements } from './ownership.js';
import type { SchemaObject } from './schema-objects.js';
import { warnOfUniqueOverAll } from './unique-over-all.js';

const { escapeIdentifier: quote } = pg;

/** One part of what a table is given, by one statement or more. */
interface PartChange {
  readonly part: RowSecurityPart | 'view';
  readonly up: readonly string[];
  readonly down: Restoration;
}

/** A partition has its parent's column, index and key; a child by inheritance its parent's column. */
const INHERITED_BY_PARTITIONS: readonly RowSecurityPart[] = ['column', 'index', 'catalogKey'];

const HAVE_COLUMN = `
  select c.relname::text as name from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
   where a.attname = $1 and not a.attisdropped and c.relname = any($2)
     and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $3)`;

/**
 * Gives the tables the tenant's column and policies, and the rows that are there to the tenant. Views read them in the name
 * of who asks.
 *
 * @throws {MigrationRefusedError} when a table has a column of that name already.
 */
export async function putBehindPolicies(owner: OwnerTransaction, found: Found): Promise<Conversion> {
  const { from, objects, borrowed, login, roles } = found;
  const tables = objects.filter(({ relkind }) => relkind === 'r' || relkind === 'p');
  const names = tables.map(({ bareName }) => bareName);
  await refuseColumns(owner, from, names);
  await owner.changeAll(ownershipStatements(objects, login));
  const changes: PartChange[] = [
    ...tables.flatMap((table) => securityOf(owner, table, found)),
    ...objects.filter(({ relkind }) => relkind === 'v').map(viewChange),
  ];
  const isEnforcement = ({ part }: PartChange) => part === 'enforcement';
  await owner.changeAll(changes.filter((change) => !isEnforcement(change)).flatMap(({ up }) => up));
  if (roles) {
    const sequences = objects.filter(({ relkind }) => relkind === 'S');
    await owner.changeAll(sequenceGrants([...sequences, ...borrowed], [roles.row, roles.system]));
  }
  const owners = objects
    .filter((object) => object.owner !== login)
    .map((object) => ({ object: object.name, statement: ownershipStatement(object, object.owner) }));
  const restore = [...changes.map(({ down }) => down).reverse(), ...sharedRevokes(found), ...owners];
  return {
    home: from,
    moved: [],
    restore,
    enforcement: changes.filter(isEnforcement).flatMap(({ up }) => up),
    warnings: [...warnOfCopies(objects), ...(await warnOfUniqueOverAll(owner, from, names))],
  };
}

/** Without policies, nobody may keep what row tenants were granted on the strength of them. */
function sharedRevokes({ from, roles }: Found): Restoration[] {
  if (!roles) return [];
  const grantees = `${quote(roles.row)}, ${quote(roles.system)}`;
  return ['tables', 'sequences'].map((objects) => ({
    statement: `revoke all on all ${objects} in schema ${quote(from)} from ${grantees}`,
  }));
}

/** No policy reaches what a materialized view has stored. */
function warnOfCopies(objects: readonly SchemaObject[]): string[] {
  return objects
    .filter(({ relkind }) => relkind === 'm')
    .map(
      ({ name }) =>
        `The materialized view ${name} would hold rows of all tenants, so that no tenant may read it if it reads their tables: make it a view or a table.`,
    );
}

function securityOf(
  { dataSource }: OwnerTransaction,
  { bareName: name, isPartition, isChild }: SchemaObject,
  { from: schema, roles, tenant }: Found,
): PartChange[] {
  const indexName = dataSource.namingStrategy.indexName(name, [TENANT_COLUMN]);
  const table = { name, schema, indexName, isJoinTable: false };
  return ROW_SECURITY_PARTS.filter((part) => !isPartition || !INHERITED_BY_PARTITIONS.includes(part))
    .filter((part) => !isChild || part !== 'column')
    .filter((part) => roles !== undefined || part !== 'systemPolicy')
    .map((part) => {
      const { up, down } = rowSecurityChange(part, table, roles?.system);
      return { part, up: part === 'column' ? columnOf(table, tenant.id) : [up], down: { statement: down } };
    });
}

/** A constant is stored once for all rows there are, whatever the size of the table (manual, ALTER TABLE, Notes). */
function columnOf({ schema, name }: { schema: string; name: string }, tenantId: string): string[] {
  const table = `alter table ${quote(schema)}.${quote(name)}`;
  const column = quote(TENANT_COLUMN);
  return [
    `${table} add column ${column} uuid not null default ${pg.escapeLiteral(tenantId)}`,
    `${table} alter column ${column} set default ${TENANT_DEFAULT}`,
  ];
}

function viewChange({ name }: SchemaObject): PartChange {
  return {
    part: 'view',
    up: [`alter view ${name} set (security_invoker = true)`],
    down: { object: name, statement: `alter view ${name} reset (security_invoker)` },
  };
}

async function refuseColumns(
  owner: OwnerTransaction,
  from: string,
  tables: readonly string[],
): Promise<void> {
  const taken = await owner.read<{ name: string }>(HAVE_COLUMN, [TENANT_COLUMN, tables, from]);
  if (taken.length === 0) return;
  throw new MigrationRefusedError(
    `These tables have a column ${quote(TENANT_COLUMN)} already: ${taken.map(({ name }) => name).join(', ')}. ` +
      'Rename it, or keep the tables.',
  );
}
