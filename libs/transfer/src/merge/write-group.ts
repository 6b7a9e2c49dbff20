import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import { RowsChangedError, TransferRefusedError } from '../errors.js';
import { columnsIn } from '../home/insert-rows.js';
import { type Client, nameOf } from '../home/tables.js';
import { type MergedTable, type MergeTable, type Rows, sameKey, updatesOf } from './merge-table.js';
import { ownRows } from './own-rows.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** A table of a group, with what is to be written to it. */
export interface Written {
  readonly table: MergeTable;
  readonly rows: Rows;
  readonly merged: MergedTable;
}

/**
 * Writes the rows of tables that refer to each other in a circle, or of one table, with one statement: PostgreSQL checks foreign keys
 * at its end.
 *
 * @throws {TransferRefusedError} when a row would not be the tenant's.
 */
export async function writeGroup(client: Client, tenant: Tenant, group: readonly Written[]): Promise<void> {
  const [only] = group;
  if (only && group.length === 1 && !only.table.target.hasTenant && only.merged.overwritten === 0) {
    const { rowCount } = await client.query(insertOf(only));
    only.merged.written = rowCount ?? 0;
    return;
  }
  const parts: string[] = [];
  const counts: string[] = [];
  const strangers: string[] = [];
  for (const [index, one] of group.entries()) {
    const owner = one.table.target.hasTenant ? 't.tenant_id' : `${literal(tenant.id)}::pg_catalog.uuid`;
    const add = (name: string, text: string) => {
      parts.push(`${name} as (${text} returning ${owner} as owner)`);
      counts.push(`(select pg_catalog.count(*) from ${name})::pg_catalog.float8 as ${name}`);
      strangers.push(
        `(select pg_catalog.count(*) from ${name} where owner is distinct from ${literal(tenant.id)}::pg_catalog.uuid)`,
      );
    };
    if (one.merged.overwritten > 0) add(`u${index}`, updateOf(tenant, one));
    add(`w${index}`, insertOf(one));
  }
  const { rows } = await client.query<Record<string, number>>(
    `with ${parts.join(', ')} select ${counts.join(', ')}, (${strangers.join(' + ')})::pg_catalog.float8 as strangers`,
  );
  const counted = rows[0] ?? {};
  if (counted['strangers'] !== 0)
    throw new TransferRefusedError(
      `Rows of ${group.map(({ table }) => table.target.name).join(', ')} would not have been those of the tenant "${tenant.slug}".`,
    );
  for (const [index, { merged, table }] of group.entries()) {
    merged.written = counted[`w${index}`] ?? 0;
    if ((counted[`u${index}`] ?? 0) !== merged.overwritten)
      throw new RowsChangedError(`Rows of ${table.target.name} were changed meanwhile. Try again.`);
  }
}

function insertOf({ table, rows }: Written): string {
  const { target } = table;
  const values = target.columns.map(({ name }) => rows.value(name)).join(', ');
  const into = columnsIn(`${nameOf(target)} as t`, target.columns);
  return `insert into ${into} overriding system value select ${values} from ${rows.from} s`;
}

function updateOf(tenant: Tenant, { table }: Written): string {
  const { target, key } = table;
  if (!key) throw new TypeError('The table has no key.');
  const others = target.columns.filter(({ name }) => !key.columns.includes(name));
  // Values of a key may be equal and not the same: 1.0 and 1.00.
  const changed = others.length > 0 ? others : target.columns;
  const values = changed.map(({ name }) => `${quote(name)} = s.${quote(name)}`);
  return `update ${nameOf(target)} t set ${values.join(', ')} from ${updatesOf(table)} s
           where ${ownRows(tenant, 't')} and ${sameKey(key, (column) => `s.${quote(column)}`)}`;
}
