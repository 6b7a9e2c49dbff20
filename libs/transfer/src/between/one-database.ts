import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import type { CarriedContents } from '../contents/carried-contents.js';
import { TransferRefusedError } from '../errors.js';
import { inOwnerTransaction, type TableLock } from '../home/owner-transaction.js';
import { type Client, type HomeTable, nameOf, sourceOf } from '../home/tables.js';
import { type MergeInput, merge, mergeTablesOf } from '../merge/merge.js';
import { type MergedTable, type MergeTable, type Rows, stagedRows } from '../merge/merge-table.js';
import { actingFor, ownRows } from '../merge/own-rows.js';
import { stageRows } from '../merge/stage.js';
import { commitAudited } from './audited-commit.js';
import type { CopyControl, ParsedCopyOptions } from './copy-options.js';
import { lockRows, sourceMode, targetMode } from './locks.js';
import { chosenSources, type Plan, requireUnchanged } from './plan.js';
import { type RemovedTable, removeRows } from './removal.js';

const { escapeIdentifier: quote } = pg;

/** Columns whose types are not the same type, but of the same name in another schema. */
const FOREIGN_TYPES = `
  select s.attname::text as name, pg_catalog.format_type(t.atttypid, t.atttypmod) as type
    from pg_catalog.pg_attribute s join pg_catalog.pg_attribute t on t.attname = s.attname
   where s.attrelid = $1::pg_catalog.regclass and t.attrelid = $2::pg_catalog.regclass
     and s.attnum > 0 and t.attnum > 0 and not s.attisdropped and not t.attisdropped and s.atttypid <> t.atttypid`;

export interface Transfer {
  readonly from: Tenant;
  readonly to: Tenant;
  readonly plan: Plan;
  readonly options: ParsedCopyOptions;
  readonly isMove: boolean;
  /** What rows name that is not in PostgreSQL. */
  readonly contents: CarriedContents;
}

/** Copies or moves rows between two tenants of one database, in one transaction: the rows never leave the server. */
export async function withinDatabase(
  { deployment }: Pick<Fleet, 'deployment'>,
  { from, to, plan, options, isMove, contents }: Transfer,
  control: CopyControl,
): Promise<readonly MergedTable[]> {
  const filled = await filledAtOnce(await deployment.registry.directPoolFor(to), to, plan);
  const locks = plan.tables.flatMap(({ source, target, isChosen }): TableLock[] => [
    { table: source, mode: sourceMode(from, isMove && isChosen) },
    { table: target, mode: filled.has(target) ? 'access exclusive' : targetMode(to) },
  ]);
  // What is moved is locked, after others have changed it: no earlier snapshot may be in force then. What is copied is read in one.
  const level = isMove ? 'read committed' : 'repeatable read';
  return inOwnerTransaction(deployment, to, { locks, level, signal: control.signal }, async (client) => {
    await requireUnchanged(deployment, [from, to], plan);
    const tables = await mergeTablesOf(
      client,
      plan.tables.map(({ target }) => target),
    );
    const empty = await filledAtOnce(client, to, plan);
    const inputs: MergeInput[] = [];
    const staged: number[] = [];
    const reader = actingFor(client, from);
    if (isMove && from.isolation === 'row') await lockRows(reader, from, chosenSources(plan));
    for (const [index, table] of tables.entries()) {
      const { source, isChosen } = plan.tables[index] as Plan['tables'][number];
      const rows = await rowsOf(client, source, table);
      const isEmpty = filled.has(table.target) && empty.has(table.target);
      if (!source.isSecured && from.isolation !== 'row') {
        inputs.push({ table, rows, isEmpty });
        continue;
      }
      // What is read as one tenant and written as another is taken in between.
      const lock = isMove && isChosen && from.isolation === 'row' ? 'for update' : '';
      staged[index] = await stageRows(reader, table, rows, `where ${ownRows(from, 's')} ${lock}`);
      inputs.push({ table, rows: stagedRows(table), isEmpty });
    }
    await contents.copy(from, plan.tables, reader, client);
    const remove = async (merged: readonly MergedTable[] | undefined) => {
      await removeRows(client, from, removedOf(plan, tables, staged, merged));
    };
    // In tables that both share, the rows give their keys free first.
    const removesFirst =
      isMove && from.isolation === 'row' && to.isolation === 'row' && options.onConflict !== 'skip';
    if (removesFirst && !options.dryRun) await remove(undefined);
    const merged = await merge(client, to, inputs, options, control);
    if (options.dryRun) {
      await client.query('rollback');
      return merged;
    }
    if (isMove && !removesFirst) await remove(merged);
    requireComplete(merged, staged);
    contents.requireKeysKept(merged);
    const action = isMove ? 'rows.moved' : 'rows.copied';
    const { onConflict } = options;
    await commitAudited(deployment, { action, from, to, onConflict, merged, by: control.by }, () =>
      client.query('commit'),
    );
    return merged;
  });
}

/** Of a table whose rows are written faster when its indexes are made afterwards. */
const MANY_BYTES = 16 * 1_024 * 1_024;

/** Empty tables of one tenant, when some of them get many rows: nobody misses them while they are filled. */
async function filledAtOnce(
  client: Client,
  { isolation }: Tenant,
  { tables }: Plan,
): Promise<ReadonlySet<HomeTable>> {
  const empty = new Set<HomeTable>();
  if (isolation === 'row') return empty;
  let bytes = 0;
  for (const { source, target } of tables) {
    if (target.isPartitioned) continue;
    const { rows } = await client.query<{ bytes: string; empty: boolean }>(
      `select pg_catalog.pg_table_size($1) as bytes, not exists (select from ${nameOf(target)}) as empty`,
      [nameOf(source)],
    );
    if (!rows[0]?.empty) continue;
    empty.add(target);
    bytes = Math.max(bytes, Number(rows[0].bytes));
  }
  return bytes >= MANY_BYTES ? empty : new Set();
}

async function rowsOf(client: Client, source: HomeTable, { target }: MergeTable): Promise<Rows> {
  const { rows } = await client.query<{ name: string; type: string }>(FOREIGN_TYPES, [
    nameOf(source),
    nameOf(target),
  ]);
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  return {
    from: sourceOf(source),
    value: (column) => {
      const type = types.get(column);
      return type === undefined ? `s.${quote(column)}` : `s.${quote(column)}::pg_catalog.text::${type}`;
    },
  };
}

/** @param merged - left out where nothing can stay. */
function removedOf(
  { tables: planned }: Plan,
  tables: readonly MergeTable[],
  staged: readonly number[],
  merged: readonly MergedTable[] | undefined,
): readonly RemovedTable[] {
  return planned.flatMap(({ source, isChosen }, number) => {
    if (!isChosen) return [];
    const one = merged?.[number];
    const stays = one && one.skipped > 0 ? tables[number]?.key?.columns : undefined;
    const rows = one ? one.written + one.same + one.overwritten : (staged[number] ?? 0);
    return [{ source, number, stays, rows }];
  });
}

/** @throws {TransferRefusedError} when rows that were taken are neither written nor there. */
function requireComplete(merged: readonly MergedTable[], staged: readonly number[]): void {
  for (const [index, { name, written, same, overwritten, skipped }] of merged.entries()) {
    const found = written + same + overwritten + skipped;
    if (staged[index] !== undefined && staged[index] !== found)
      throw new TransferRefusedError(`Of ${staged[index]} rows of ${name} only ${found} arrived.`);
  }
}
