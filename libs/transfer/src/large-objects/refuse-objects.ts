import { TransferRefusedError } from '../errors.js';
import type { Client } from '../home/tables.js';
import type { MergeTable, Rows } from '../merge/merge-table.js';
import { objectColumnsOf } from './tenant-objects.js';

/**
 * Rows that name large objects go to new tenants only: at a tenant that is there nothing could tell whether two rows are equal, and a
 * crash would leave objects that no row names.
 *
 * @throws {TransferRefusedError}
 */
export async function refuseObjects(
  client: Client,
  inputs: readonly { readonly table: MergeTable; readonly rows: Rows }[],
): Promise<void> {
  const found: string[] = [];
  for (const { table, rows } of inputs)
    for (const { name } of objectColumnsOf(table.target)) {
      const number = rows.value(name);
      const { rowCount } = await client.query(
        `select from ${rows.from} s where ${number} is not null and ${number} <> '0' limit 1`,
      );
      if (rowCount) found.push(`${table.target.name}.${name}`);
    }
  if (found.length === 0) return;
  throw new TransferRefusedError(
    `Rows name large objects, which are carried to new tenants only: ${found.join(', ')}. Import or clone them as a new tenant, or leave these tables out.`,
  );
}
