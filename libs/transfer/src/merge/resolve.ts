import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import type { UniqueKey } from '../home/keys.js';
import { type Client, nameOf } from '../home/tables.js';
import {
  allOf,
  type MergedTable,
  type MergeTable,
  type Rows,
  sameKey,
  stagedRows,
  stageOf,
  staysOf,
  updatesOf,
} from './merge-table.js';
import { ownRows } from './own-rows.js';

const { escapeIdentifier: quote } = pg;

/** Rows with a key that others have there. */
export interface Conflict {
  readonly table: string;
  /** The columns of the key. */
  readonly key: readonly string[];
  readonly rows: number;
}

/** The conflicts of one table, for each of its keys. */
export async function conflictsOf(
  client: Client,
  tenant: Tenant,
  table: MergeTable,
  rows: Rows,
): Promise<readonly Conflict[]> {
  const { target } = table;
  const { rows: there } = await client.query(
    `select from ${nameOf(target)} t where ${ownRows(tenant, 't')} limit 1`,
  );
  if (there.length === 0) return [];
  const conflicts: Conflict[] = [];
  for (const key of table.keys) {
    const { rows: counted } = await client.query<{ count: string }>(
      `select pg_catalog.count(*) as count from ${rows.from} s
        where exists (select from ${nameOf(target)} t where ${ownRows(tenant, 't')} and ${sameKey(key, rows.value)})`,
    );
    const count = Number(counted[0]?.count);
    if (count > 0) conflicts.push({ table: target.name, key: key.columns, rows: count });
  }
  return conflicts;
}

/** Takes staged rows out that are there already, equal in every column. */
export async function dropSame(client: Client, tenant: Tenant, table: MergeTable): Promise<number> {
  const { key, target } = table;
  if (!key) return 0;
  const isEqual = target.columns.map(
    ({ name }) => `t.${quote(name)}::pg_catalog.text is not distinct from s.${quote(name)}::pg_catalog.text`,
  );
  return deleteStaged(
    client,
    tenant,
    table,
    `${sameKey(key, stagedRows(table).value)} and ${allOf(isEqual)}`,
  );
}

/** Takes staged rows out that conflict, and keeps their keys in {@link staysOf}. */
export async function dropConflicting(
  client: Client,
  tenant: Tenant,
  table: MergeTable,
  merged: MergedTable,
): Promise<void> {
  const conflicts = table.keys.map((key) => sameKey(key, stagedRows(table).value));
  const isThere = `exists (select from ${nameOf(table.target)} t where ${ownRows(tenant, 't')} and (${conflicts.join(' or ')}))`;
  const key = (table.key as UniqueKey).columns.map((column) => `s.${quote(column)}`).join(', ');
  await client.query(
    `create temporary table ${staysOf(table)} on commit drop as select ${key} from ${stageOf(table)} s where ${isThere}`,
  );
  const { rowCount } = await client.query(`delete from ${stageOf(table)} s where ${isThere}`);
  merged.conflicts = merged.skipped = rowCount ?? 0;
}

/** Puts staged rows aside that are to be written over those of the same key, in {@link updatesOf}. */
export async function takeUpdates(
  client: Client,
  tenant: Tenant,
  table: MergeTable,
  merged: MergedTable,
): Promise<void> {
  if (!table.key) return;
  const isSame = sameKey(table.key, stagedRows(table).value);
  await client.query(
    `create temporary table ${updatesOf(table)} on commit drop as select s.* from ${stageOf(table)} s
      where exists (select from ${nameOf(table.target)} t where ${ownRows(tenant, 't')} and ${isSame})`,
  );
  merged.overwritten = await deleteStaged(client, tenant, table, isSame);
  merged.conflicts = merged.overwritten;
}

async function deleteStaged(
  client: Client,
  tenant: Tenant,
  table: MergeTable,
  condition: string,
): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ${stageOf(table)} s using ${nameOf(table.target)} t where ${ownRows(tenant, 't')} and ${condition}`,
  );
  return rowCount ?? 0;
}
