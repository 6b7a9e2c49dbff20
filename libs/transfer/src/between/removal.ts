import type { Tenant } from '@rowhouse/core';
import { ROW_POLICIES } from '@rowhouse/core/internal';
import pg from 'pg';
import { RowsChangedError, TransferRefusedError } from '../errors.js';
import { inGroups, referencesOf } from '../home/references.js';
import { referringKeysOf } from '../home/referring-keys.js';
import { type Client, type HomeTable, nameOf, sourceOf } from '../home/tables.js';
import { enableTriggers, quietTriggers } from '../home/triggers.js';
import { allOf, staysOf } from '../merge/merge-table.js';
import { actingFor, ownRows } from '../merge/own-rows.js';

const { escapeIdentifier: quote } = pg;

/** A table whose rows are removed at the source. */
export interface RemovedTable {
  readonly source: HomeTable;
  /** Of its temporary tables. */
  readonly number: number;
  /** Rows with these values in the columns stay: they are in `staysOf`. `undefined`: none stays. */
  readonly stays: readonly string[] | undefined;
  /** How many rows must go. */
  readonly rows: number;
}

/**
 * Removes the rows of a tenant that are elsewhere now, in the transaction of the connection, which is the owner's. The application's
 * triggers do not run, and no foreign key removes or changes a row that stays.
 *
 * @throws {TransferRefusedError} when rows that stay refer to them, or there are other rows than were taken.
 */
export async function removeRows(
  connection: Client,
  tenant: Tenant,
  tables: readonly RemovedTable[],
): Promise<void> {
  const client = actingFor(connection, tenant);
  const sources = tables.map(({ source }) => source);
  await requireUnreferred(client, tenant, tables);
  const triggers = await quietTriggers(client, tenant, sources, ({ forDelete }) => forDelete);
  const groups = inGroups(tables.length, await referencesOf(client, sources)).toReversed();
  for (const group of groups) {
    const names = group.map((index) => `d${index}`);
    const parts = group.map((index) => `d${index} as (${deleteOf(tenant, tables[index])} returning 1)`);
    const counts = names.map(
      (name) => `(select pg_catalog.count(*) from ${name})::pg_catalog.float8 as ${name}`,
    );
    const { rows } = await client.query<Record<string, number>>(
      `with ${parts.join(', ')} select ${counts.join(', ')}`,
    );
    for (const index of group) {
      const [removed, expected] = [rows[0]?.[`d${index}`], tables[index]?.rows];
      if (removed !== expected)
        throw new RowsChangedError(
          `The table ${tables[index]?.source.name} had ${removed} rows to remove, and ${expected} were taken. Nothing was changed.`,
        );
    }
  }
  await enableTriggers(client, triggers);
}

/** Before rows are removed: ON DELETE CASCADE would take rows that stay with them. */
async function requireUnreferred(
  client: Client,
  tenant: Tenant,
  tables: readonly RemovedTable[],
): Promise<void> {
  const sources = tables.map(({ source }) => source);
  for (const { table, name, from, to, columns, referenced, isSeen } of await referringKeysOf(
    client,
    sources,
  )) {
    const childTable = from === null ? undefined : tables[from];
    const parentTable = tables[to] as RemovedTable;
    if (childTable && tenant.isolation !== 'row' && !childTable.stays) continue;
    if (tenant.isolation === 'row' && !isSeen && !columns.includes('tenant_id'))
      throw new TransferRefusedError(
        `Nobody can see whether rows of other tenants in ${table} refer to rows of ${parentTable.source.name} that would go (${name}). Nothing was changed. Add the policy ${ROW_POLICIES.system} to ${table}, or tenant_id to the foreign key.`,
      );
    const goes = goesOf(tenant, parentTable, 'p');
    const stays = childTable ? `not (${goesOf(tenant, childTable, 'c')})` : 'true';
    const refers = columns.map(
      (column, index) => `c.${quote(column)} = p.${quote(referenced[index] as string)}`,
    );
    const { rows: found } = await client.query(
      `select from ${table} c join ${nameOf(parentTable.source)} p on ${allOf(refers)} where ${stays} and ${goes} limit 1`,
    );
    if (found.length > 0)
      throw new TransferRefusedError(
        `Rows of ${table} that stay refer to rows of ${parentTable.source.name} that would go (${name}). Move ${table} as well, or copy. Nothing was changed.`,
      );
  }
}

/** The condition that a row goes. */
function goesOf(tenant: Tenant, { stays, number }: RemovedTable, alias: string): string {
  const own = ownRows(tenant, alias);
  if (!stays) return own;
  const isSame = stays.map((column) => `k.${quote(column)} is not distinct from ${alias}.${quote(column)}`);
  return `${own} and not exists (select from ${staysOf({ number })} k where ${allOf(isSame)})`;
}

function deleteOf(tenant: Tenant, table: RemovedTable | undefined): string {
  if (!table) throw new TypeError('There is no such table.');
  return `delete from ${sourceOf(table.source)} s where ${goesOf(tenant, table, 's')}`;
}
