import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { copyIn, copyOut } from '../copy/copy-streams.js';
import { TransferRefusedError } from '../errors.js';
import { checksumOf, isSameSum } from '../home/comparable.js';
import { inOwnerTransaction } from '../home/owner-transaction.js';
import { nameOf, sourceOf } from '../home/tables.js';
import { mergeTablesOf } from '../merge/merge.js';
import { type MergedTable, type MergeTable, stageOf, staysOf } from '../merge/merge-table.js';
import { actingFor, ownRows } from '../merge/own-rows.js';
import { stageRows } from '../merge/stage.js';
import type { RowSource, TableRows } from '../source/row-source.js';
import { withRowsOf } from '../source/tenant-source.js';
import { commitAudited } from './audited-commit.js';
import type { CopyControl } from './copy-options.js';
import { lockRows, sourceMode } from './locks.js';
import { mergeStream, type StreamedTable } from './merge-stream.js';
import type { Transfer } from './one-database.js';
import { chosenSources, type PlannedTable, requireUnchanged } from './plan.js';
import { removeRows } from './removal.js';

const { escapeIdentifier: quote } = pg;

/** Copies rows to another database, read as the tenant in one snapshot. */
export function copyAcross(
  fleet: Pick<Fleet, 'deployment'>,
  { from, to, plan, options, contents }: Transfer,
  control: CopyControl,
): Promise<readonly MergedTable[]> {
  const { deployment } = fleet;
  const { onConflict } = options;
  return withRowsOf(fleet, from, control.signal, async (source) => {
    const streamed = plan.tables.map(({ source: { name }, target }): StreamedTable => {
      const index = source.head.tables.findIndex((table) => table.name === name);
      const found = source.head.tables[index];
      if (String(found?.columns.map((column) => column.name)) !== String(target.columns.map((c) => c.name)))
        throw new TransferRefusedError(`The table ${name} was changed meanwhile. Try again.`);
      return { index, target };
    });
    return mergeStream(deployment, to, plan.history, source, streamed, options, control, {
      onStaged: (target) => contents.copy(from, plan.tables, source.client, target),
      finish: (client, merged) => {
        contents.requireKeysKept(merged);
        return commitAudited(
          deployment,
          { action: 'rows.copied', from, to, onConflict, merged, by: control.by },
          () => client.query('commit'),
        );
      },
    });
  });
}

/**
 * Moves rows to another database, in a transaction of each. Both have done all their work when the first one commits, the target's.
 * After a crash between the two the rows are in both: moved again, those that are equal there are only removed here.
 *
 * @throws {TransferRefusedError} where a repetition could not tell which rows are there.
 */
export function moveAcross(
  { deployment }: Pick<Fleet, 'deployment'>,
  { from, to, plan, options, contents }: Transfer,
  control: CopyControl,
): Promise<readonly MergedTable[]> {
  const { onConflict } = options;
  if (onConflict === 'remap')
    throw new TransferRefusedError(
      'Rows that get new keys cannot be moved to another database: after a crash nobody could tell which were there. Copy them, and remove them when you have seen them.',
    );
  const locks = plan.tables.map(({ source, isChosen }) => ({
    table: source,
    mode: sourceMode(from, isChosen),
  }));
  // What is moved is locked, after others have changed it: no earlier snapshot may be in force then.
  const taking = { locks, level: 'read committed', signal: control.signal } as const;
  return inOwnerTransaction(deployment, from, taking, async (client) => {
    await requireUnchanged(deployment, [from], plan);
    const source = await lockedRowsOf(client, { from, plan });
    const streamed = plan.tables.map(({ target }, index) => ({ index, target }));
    return mergeStream(deployment, to, plan.history, source, streamed, options, control, {
      onStaged: async (target, tables) => {
        for (const [index, table] of tables.entries())
          if (plan.tables[index]?.isChosen) await keepKeys(target, table);
        await contents.copy(from, plan.tables, actingFor(client, from), target);
      },
      finish: async (target, merged, tables) => {
        const removed = [];
        for (const [number, planned] of plan.tables.entries()) {
          const [table, one] = [tables[number] as MergeTable, merged[number] as MergedTable];
          if (!planned.isChosen) continue;
          const stays = one.skipped > 0 ? table.key?.columns : undefined;
          if (stays) await sendStays(target, client, planned, table, stays);
          await requireEqual(client, target, { from, to }, planned, table, stays);
          const rows = one.written + one.same + one.overwritten;
          removed.push({ source: planned.source, number, stays, rows });
        }
        await removeRows(client, from, removed);
        await commitAudited(
          deployment,
          { action: 'rows.moved', from, to, onConflict, merged, by: control.by },
          () => target.query('commit'),
        );
        await client.query('commit');
      },
    });
  });
}

/** The rows of the plan's tables, which nobody changes until the transaction ends. */
async function lockedRowsOf(
  client: pg.PoolClient,
  { from, plan }: Pick<Transfer, 'from' | 'plan'>,
): Promise<Pick<RowSource, 'rows'>> {
  const tables = await mergeTablesOf(
    client,
    plan.tables.map(({ source }) => source),
  );
  const sources: string[] = [];
  if (from.isolation === 'row') await lockRows(actingFor(client, from), from, chosenSources(plan));
  for (const [index, table] of tables.entries()) {
    const { source, isChosen } = plan.tables[index] as PlannedTable;
    if (isChosen && !table.key)
      throw new TransferRefusedError(
        `The table ${source.name} has no key that tells all its rows apart, so nobody could tell after a crash which are there. Give it a primary key, or copy it.`,
      );
    if (from.isolation !== 'row') {
      sources.push(sourceOf(source));
      continue;
    }
    const rows = { from: sourceOf(source), value: (column: string) => `s.${quote(column)}` };
    await stageRows(
      actingFor(client, from),
      table,
      rows,
      `where ${ownRows(from, 's')} ${isChosen ? 'for update' : ''}`,
    );
    sources.push(stageOf(table));
  }
  return {
    rows: (index): TableRows => {
      const list = tables[index]?.target.columns.map((column) => `s.${quote(column.name)}`).join(', ');
      const copy = copyOut(client, `select ${list} from ${sources[index]} s`);
      return { chunks: copy, count: () => copy.rowCount };
    },
  };
}

const sentOf = ({ number }: MergeTable) => `pg_temp.rowhouse_sent_${number}`;

async function keepKeys(client: pg.PoolClient, table: MergeTable): Promise<void> {
  const key = table.key?.columns.map(quote).join(', ');
  await client.query(
    `create temporary table ${sentOf(table)} on commit drop as select ${key} from ${stageOf(table)}`,
  );
  await client.query(`analyze ${sentOf(table)}`);
}

/** Lets the source know which rows stay. */
async function sendStays(
  target: pg.PoolClient,
  source: pg.PoolClient,
  planned: PlannedTable,
  table: MergeTable,
  key: readonly string[],
): Promise<void> {
  const list = key.map(quote).join(', ');
  await source.query(
    `create temporary table ${staysOf(table)} on commit drop as select ${list} from ${nameOf(planned.source)} with no data`,
  );
  await copyIn(
    [source],
    `${staysOf(table)} (${list})`,
    copyOut(target, `select ${list} from ${staysOf(table)}`),
  );
}

/** Each server reads the rows that are to be removed at the source, and adds them up. @throws {TransferRefusedError} */
async function requireEqual(
  source: pg.PoolClient,
  target: pg.PoolClient,
  { from, to }: Pick<Transfer, 'from' | 'to'>,
  planned: PlannedTable,
  table: MergeTable,
  stays: readonly string[] | undefined,
): Promise<void> {
  const columns = table.target.columns.map(({ name }) => name);
  const key = table.key?.columns ?? [];
  const among = (other: string) =>
    `exists (select from ${other} k where ${key.map((name) => `k.${quote(name)} = t.${quote(name)}`).join(' and ')})`;
  const isMoved = stays ? `not ${among(staysOf(table))}` : 'true';
  const [there, here] = [
    await checksumOf(
      actingFor(target, to),
      columns,
      `${sourceOf(table.target)} t where ${ownRows(to, 't')} and ${among(sentOf(table))} and ${isMoved}`,
    ),
    await checksumOf(
      actingFor(source, from),
      columns,
      `${sourceOf(planned.source)} t where ${ownRows(from, 't')} and ${isMoved}`,
    ),
  ];
  if (!isSameSum(there, here))
    throw new TransferRefusedError(
      `The rows of ${planned.source.name} are not the same at the target: nothing was removed.`,
    );
}
