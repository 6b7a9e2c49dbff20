import { MigrationRefusedError } from '@rowhouse/core';
import {
  ROW_SECURITY_PARTS,
  type RowSecurityPart,
  rowSecurityChange,
  TENANT_COLUMN,
} from '@rowhouse/typeorm';
import pg from 'pg';
import type { Restoration } from './adoption-plan.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { ownershipStatement, ownershipStatements } from './ownership.js';
import type { SchemaObject } from './schema-objects.js';

const { escapeIdentifier: quote } = pg;

interface RowAdoption {
  readonly from: string;
  readonly objects: readonly SchemaObject[];
  readonly login: string;
  /** `undefined` without roles: there is no system's role to except. */
  readonly systemRole: string | undefined;
}

/** A partition has its parent's column, index and key; a child by inheritance its parent's column. */
const INHERITED_BY_PARTITIONS: readonly RowSecurityPart[] = ['column', 'index', 'catalogKey'];

const HAVE_COLUMN = `
  select c.relname::text as name from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
   where a.attname = $1 and not a.attisdropped and c.relname = any($2)
     and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $3)`;

/**
 * Gives the tables the tenant's column, which takes the tenant of the pin for the rows that are there, and puts them behind
 * policies. Views read them in the name of who asks.
 *
 * @returns what the undoing has to run, in that order.
 * @throws {MigrationRefusedError} when a table has a column of that name already.
 */
export async function putBehindPolicies(
  owner: OwnerTransaction,
  adoption: RowAdoption,
): Promise<Restoration[]> {
  const { from, objects, login, systemRole } = adoption;
  const tables = objects.filter(({ relkind }) => relkind === 'r' || relkind === 'p');
  await refuseColumns(owner, from, tables);
  await owner.changeAll(ownershipStatements(objects, login));
  const changes = [
    ...tables.flatMap((table) => securityOf(owner, table, { from, systemRole })),
    ...objects.filter(({ relkind }) => relkind === 'v').map(viewChange),
  ];
  await owner.changeAll(changes.map(({ up }) => up));
  const owners = objects
    .filter((object) => object.owner !== login && !object.isOwnedByAnother)
    .map((object) => ownershipStatement(object, object.owner));
  return [...changes.map(({ down }) => down).reverse(), ...owners].map((statement) => ({ statement }));
}

function securityOf(
  { dataSource }: OwnerTransaction,
  { bareName: name, isPartition, isChild }: SchemaObject,
  { from: schema, systemRole }: Pick<RowAdoption, 'from' | 'systemRole'>,
) {
  const indexName = dataSource.namingStrategy.indexName(name, [TENANT_COLUMN]);
  const table = { name, schema, indexName, isJoinTable: false };
  return ROW_SECURITY_PARTS.filter((part) => !isPartition || !INHERITED_BY_PARTITIONS.includes(part))
    .filter((part) => !isChild || part !== 'column')
    .filter((part) => systemRole !== undefined || part !== 'systemPolicy')
    .map((part) => rowSecurityChange(part, table, systemRole));
}

function viewChange({ name }: SchemaObject) {
  return {
    up: `alter view ${name} set (security_invoker = true)`,
    down: `alter view ${name} reset (security_invoker)`,
  };
}

async function refuseColumns(
  owner: OwnerTransaction,
  from: string,
  tables: readonly SchemaObject[],
): Promise<void> {
  const names = tables.map(({ bareName }) => bareName);
  const taken = await owner.read<{ name: string }>(HAVE_COLUMN, [TENANT_COLUMN, names, from]);
  if (taken.length === 0) return;
  throw new MigrationRefusedError(
    `These tables have a column ${quote(TENANT_COLUMN)} already: ${taken.map(({ name }) => name).join(', ')}. ` +
      'Rename it, or keep the tables.',
  );
}
