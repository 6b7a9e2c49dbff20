import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import { TransferRefusedError } from '../errors.js';
import { referringKeysOf } from '../home/referring-keys.js';
import { type Client, nameOf } from '../home/tables.js';
import { type MergeTable, sameKey, updatesOf } from './merge-table.js';
import { ownRows } from './own-rows.js';

const { escapeIdentifier: quote } = pg;

/**
 * Before rows are written over: what they would change by ON UPDATE is not among the rows that were chosen, and can be of other tenants.
 *
 * @throws {TransferRefusedError}
 */
export async function refuseCascades(client: Client, tenant: Tenant, table: MergeTable): Promise<void> {
  const { key, target } = table;
  if (!key) return;
  for (const { name, table: referring, referenced, onUpdate } of await referringKeysOf(client, [target])) {
    if (!onUpdate) continue;
    const changes = target.columns
      .filter((column) => referenced.includes(column.name) && !key.columns.includes(column.name))
      .map(
        (column) =>
          `t.${quote(column.name)}::pg_catalog.text is distinct from s.${quote(column.name)}::pg_catalog.text`,
      );
    if (changes.length === 0) continue;
    const { rowCount } = await client.query(
      `select from ${nameOf(target)} t join ${updatesOf(table)} s on ${sameKey(key, (column) => `s.${quote(column)}`)}
        where ${ownRows(tenant, 't')} and (${changes.join(' or ')}) limit 1`,
    );
    if (rowCount !== 0)
      throw new TransferRefusedError(
        `Rows of ${target.name} would get other values in ${referenced.join(', ')}, and the foreign key ${name} would carry that over to rows of ${referring} (ON UPDATE). Nothing was changed. Change those rows first, or skip what conflicts.`,
      );
  }
}
