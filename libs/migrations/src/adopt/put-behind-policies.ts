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
import { type AdoptedObjects, type Conversion, sequenceGrants } from './conversion.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { readGrants } from './survey/grants.js';
import { ownershipStatement, ownershipStatements } from './survey/ownership.js';
import type { SchemaObject } from './survey/schema-objects.js';
import { warnOfUniqueAcrossTenants } from './unique-across-tenants.js';

const { escapeIdentifier: quote } = pg;

/** One part of a table's row-level security, or the change of a view. */
interface PartChange {
  readonly part: RowSecurityPart | 'view';
  readonly up: readonly string[];
  readonly down: Restoration;
}

/** A partition inherits the column, the index and the key of its parent; an inheritance child only the column. */
const INHERITED_BY_PARTITIONS: readonly RowSecurityPart[] = ['column', 'index', 'catalogKey'];

const HAVE_COLUMN = `
  select c.relname::text as name from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
   where a.attname = $1 and not a.attisdropped and c.relname = any($2)
     and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $3)`;

/**
 * Adds the tenant column and the policies to the tables, and assigns all existing rows to the tenant. Views are changed to
 * read with the privileges of the caller.
 *
 * @throws {MigrationRefusedError} when a table already has a column with that name.
 */
export async function putBehindPolicies(owner: OwnerTransaction, found: AdoptedObjects): Promise<Conversion> {
  const { objects, sharedSequences, login, roles } = found;
  const [from = ''] = found.from;
  const grants = await readGrants(owner, found.from, roles);
  const tables = objects.filter(({ relkind }) => relkind === 'r' || relkind === 'p');
  const names = tables.map(({ bareName }) => bareName);
  await refuseColumns(owner, from, names);
  await owner.changeAll(ownershipStatements(objects, login));
  const changes: PartChange[] = [
    ...tables.flatMap((table) => securityOf(owner, table, found)),
    ...objects.filter(({ relkind, security }) => relkind === 'v' && security !== 'invoker').map(viewChange),
  ];
  const isEnforcement = ({ part }: PartChange) => part === 'enforcement';
  await owner.changeAll(changes.filter((change) => !isEnforcement(change)).flatMap(({ up }) => up));
  if (roles) {
    const sequences = objects.filter(({ relkind }) => relkind === 'S');
    await owner.changeAll(sequenceGrants([...sequences, ...sharedSequences], [roles.row, roles.system]));
  }
  const owners = objects
    .filter((object) => object.owner !== login)
    .map((object) => ({ object: object.name, statement: ownershipStatement(object, object.owner) }));
  const restore = [...changes.map(({ down }) => down).reverse(), ...owners, ...grants];
  return {
    home: from,
    moved: [],
    others: {},
    restore,
    enforcement: changes.filter(isEnforcement).flatMap(({ up }) => up),
    warnings: [
      ...warnOfCopies(objects),
      ...(await warnOfRowTypes(owner, from, names)),
      ...(await warnOfUniqueAcrossTenants(owner, from, names)),
    ],
  };
}

/** Row-level security does not apply to the stored rows of a materialized view. */
function warnOfCopies(objects: readonly SchemaObject[]): string[] {
  return objects
    .filter(({ relkind }) => relkind === 'm')
    .map(
      ({ name }) =>
        `The materialized view ${name} holds rows of all tenants if it reads their tables, so tenants may not read it: make it a view or a table.`,
    );
}

/**
 * Their texts may list the columns of a table that has one more now. PostgreSQL checks that when they are called, but for
 * functions in SQL.
 */
async function warnOfRowTypes(
  owner: OwnerTransaction,
  schema: string,
  tables: readonly string[],
): Promise<string[]> {
  const found = await owner.read<{ name: string; table: string }>(
    `select p.oid::pg_catalog.regprocedure::text as name, c.relname::text as table
       from pg_catalog.pg_proc p join pg_catalog.pg_type t on t.oid = p.prorettype join pg_catalog.pg_class c on c.reltype = t.oid
      where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and c.relname = any($2)
        and p.prolang <> (select oid from pg_catalog.pg_language where lanname = 'sql')
      order by 1`,
    [schema, tables],
  );
  return found.map(
    ({ name, table }) =>
      `${name} returns rows of ${table}, which have the column ${TENANT_COLUMN} now: where its text lists the columns, add it as the last one.`,
  );
}

function securityOf(
  { dataSource }: OwnerTransaction,
  { bareName: name, isPartition, isChild, security }: SchemaObject,
  { from, roles, tenant }: AdoptedObjects,
): PartChange[] {
  const [schema = ''] = from;
  const indexName = dataSource.namingStrategy.indexName(name, [TENANT_COLUMN]);
  const table = { name, schema, indexName, isJoinTable: false };
  return ROW_SECURITY_PARTS.filter((part) => !isPartition || !INHERITED_BY_PARTITIONS.includes(part))
    .filter((part) => !isChild || part !== 'column')
    .filter((part) => roles !== undefined || part !== 'systemPolicy')
    .map((part) => {
      const { up, down } = rowSecurityChange(part, table, roles?.system);
      const statement =
        part === 'enforcement' ? backTo(security, `${quote(schema)}.${quote(name)}`, down) : down;
      return { part, up: part === 'column' ? columnOf(table, tenant.id) : [up], down: { statement } };
    });
}

/** Row-level security as it was before. The undo begins with NO FORCE, so that the owner sees all rows. */
function backTo(security: SchemaObject['security'], table: string, off: string): string {
  if (security === 'forced') return `alter table ${table} force row level security`;
  return security === 'enabled' ? `alter table ${table} no force row level security` : off;
}

/** PostgreSQL stores a constant default once for all existing rows, so a large table is not rewritten (manual, ALTER TABLE, Notes). */
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
