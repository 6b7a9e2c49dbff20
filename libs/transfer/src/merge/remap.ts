import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import { TransferConflictError } from '../errors.js';
import type { UniqueKey } from '../home/keys.js';
import type { Reference } from '../home/references.js';
import { leavesEnough, moveSequences } from '../home/sequences.js';
import { type Client, nameOf } from '../home/tables.js';
import { allOf, type MergeTable, sameKey, stagedRows, stageOf } from './merge-table.js';
import { ownRows } from './own-rows.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** How a column gets a value that nobody has, in SQL. */
const GENERATORS = `
  select a.attname::text as column, a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype as "isUuid",
         pg_catalog.pg_get_serial_sequence($1, a.attname::text) as sequence
    from pg_catalog.pg_attribute a
   where a.attrelid = $1::pg_catalog.regclass and a.attname = any ($2::name[])`;

/** A staged table while its keys are given anew: `rowhouse_old_<n>` has the former value of its column n. */
interface Remapped {
  readonly table: MergeTable;
  /** The columns whose values may change. */
  readonly changing: readonly string[];
  /** Columns of the key that are given anew, with the SQL of a new value. Those of foreign keys are not among them: they follow. */
  readonly generated: ReadonlyMap<string, string>;
  /** Whether a foreign key is part of the key. */
  readonly follows: boolean;
}

/**
 * Gives staged rows new keys where other rows have theirs, and lets the foreign keys among the staged rows follow.
 *
 * @returns for each table how many rows got another key.
 * @throws {TransferConflictError} for rows whose keys cannot be given anew.
 */
export async function remap(
  client: Client,
  tenant: Tenant,
  tables: readonly MergeTable[],
  references: readonly Reference[],
): Promise<readonly number[]> {
  const remapped: Remapped[] = [];
  for (const [index, table] of tables.entries())
    remapped.push(await prepare(client, tenant, table, index, references));
  for (const one of remapped) if (!one.follows) await giveNewKeys(client, tenant, one);
  await follow(client, remapped, references);
  for (const one of remapped) if (one.follows) await giveNewKeys(client, tenant, one);
  await follow(client, remapped, references);
  const counts: number[] = [];
  for (const one of remapped) counts.push(await changedKeys(client, one));
  return counts;
}

const oldName = ({ target }: MergeTable, column: string) =>
  `rowhouse_old_${target.columns.findIndex(({ name }) => name === column)}`;

async function prepare(
  client: Client,
  tenant: Tenant,
  table: MergeTable,
  index: number,
  references: readonly Reference[],
): Promise<Remapped> {
  const refers = new Set(
    references.filter(({ from }) => from === index).flatMap(({ fromColumns }) => fromColumns),
  );
  const referred = references.filter(({ to }) => to === index).flatMap(({ toColumns }) => toColumns);
  const key = table.key?.columns ?? [];
  const changing = [...new Set([...key, ...refers, ...referred])];
  const stage = stageOf(table);
  const copies = changing.map((column) => `, s.${quote(column)} as ${oldName(table, column)}`).join('');
  const renamed = `rowhouse_keyed_${table.number}`;
  await client.query(
    `create temporary table ${renamed} on commit drop as select s.*${copies} from ${stage} s`,
  );
  await client.query(`drop table ${stage}`);
  await client.query(`alter table pg_temp.${renamed} rename to ${stage.slice('pg_temp.'.length)}`);
  await client.query(`analyze ${stage}`);
  const own = key.filter((column) => !refers.has(column));
  return {
    table,
    changing,
    generated: await generatorsOf(client, tenant, table, own),
    follows: own.length < key.length,
  };
}

async function generatorsOf(
  client: Client,
  { isolation }: Tenant,
  table: MergeTable,
  columns: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const generators = new Map<string, string>();
  if (columns.length === 0) return generators;
  const { rows } = await client.query<{ column: string; isUuid: boolean; sequence: string | null }>(
    GENERATORS,
    [nameOf(table.target), columns],
  );
  for (const { column, isUuid, sequence } of rows) {
    if (isUuid) generators.set(column, 'pg_catalog.gen_random_uuid()');
    if (sequence === null) continue;
    // New values must be neither there nor among those that come.
    await moveSequences(client, client, [table.target], { shared: isolation === 'row' });
    await client.query(
      `select pg_catalog.setval(${literal(sequence)}::pg_catalog.regclass, m.most)
         from (select pg_catalog.max(${quote(column)})::pg_catalog.int8 as most from ${stageOf(table)}) m, ${sequence} n
        cross join pg_catalog.pg_sequence s
        where s.seqrelid = ${literal(sequence)}::pg_catalog.regclass and m.most > n.last_value
          and (${isolation !== 'row'} or ${leavesEnough('m.most')})`,
    );
    generators.set(column, `pg_catalog.nextval(${literal(sequence)}::pg_catalog.regclass)`);
  }
  return generators;
}

async function giveNewKeys(client: Client, tenant: Tenant, { table, generated }: Remapped): Promise<void> {
  const { key, target } = table;
  if (!key || generated.size === 0) return;
  const values = [...generated].map(([column, value]) => `${quote(column)} = ${value}`).join(', ');
  await client.query(
    `update ${stageOf(table)} s set ${values} where ${isTaken(tenant, key, nameOf(target))}`,
  );
}

/** Where tenants share a key, another may have it whose rows are not seen: all are given anew. */
function isTaken(tenant: Tenant, key: UniqueKey, target: string): string {
  if (tenant.isolation === 'row' && !key.isOfTenant) return 'true';
  const same = sameKey(key, (column) => `s.${quote(column)}`);
  return `exists (select from ${target} t where ${ownRows(tenant, 't')} and ${same})`;
}

/** Foreign keys follow the rows that they refer to, and keys that hold them follow; until nothing changes. */
async function follow(
  client: Client,
  remapped: readonly Remapped[],
  references: readonly Reference[],
): Promise<void> {
  for (let round = 0; ; round += 1) {
    let changed = 0;
    for (const reference of references) changed += await followOne(client, remapped, reference);
    if (changed === 0) return;
    if (round > remapped.length) throw new TransferConflictError('Keys of these rows depend on each other.');
  }
}

async function followOne(
  client: Client,
  remapped: readonly Remapped[],
  { from, to, fromColumns, toColumns }: Reference,
): Promise<number> {
  const [child, parent] = [remapped[from]?.table, remapped[to]?.table] as [MergeTable, MergeTable];
  const pairs = fromColumns.map((column, index) => [column, toColumns[index] as string] as const);
  const isSame = allOf(pairs.map(([c, p]) => `s.${oldName(child, c)} = p.${oldName(parent, p)}`));
  const isBehind = pairs.map(([c, p]) => `s.${quote(c)} is distinct from p.${quote(p)}`).join(' or ');
  const { rowCount } = await client.query(
    `update ${stageOf(child)} s set ${pairs.map(([c, p]) => `${quote(c)} = p.${quote(p)}`).join(', ')}
       from ${stageOf(parent)} p where ${isSame} and (${isBehind})`,
  );
  return rowCount ?? 0;
}

async function changedKeys(client: Client, { table }: Remapped): Promise<number> {
  if (!table.key) return 0;
  const isChanged = table.key.columns.map(
    (column) => `${stagedRows(table).value(column)} is distinct from s.${oldName(table, column)}`,
  );
  const { rows } = await client.query<{ count: string }>(
    `select pg_catalog.count(*) as count from ${stageOf(table)} s where ${isChanged.join(' or ') || 'false'}`,
  );
  return Number(rows[0]?.count);
}
