import type { Tenant } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import type { TransferControl } from '../control.js';
import { inOwnerTransaction } from '../home/owner-transaction.js';
import type { HomeTable } from '../home/tables.js';
import { type MergeInput, type MergeOptions, merge, mergeTablesOf } from '../merge/merge.js';
import { type MergedTable, type MergeTable, stagedRows } from '../merge/merge-table.js';
import { stageStream } from '../merge/stage.js';
import type { RowSource } from '../source/row-source.js';
import { targetMode } from './locks.js';
import { requireUnchanged } from './plan.js';

/** A table of the home with the index of the source's table whose rows it gets. */
export interface StreamedTable {
  readonly index: number;
  readonly target: HomeTable;
}

export interface StreamHooks {
  /** The rows are in temporary tables, and nothing is written. */
  readonly onStaged?: (client: pg.PoolClient, tables: readonly MergeTable[]) => Promise<void>;
  /** Everything is written; it commits. Not called in a dry run. */
  readonly finish: (
    client: pg.PoolClient,
    merged: readonly MergedTable[],
    tables: readonly MergeTable[],
  ) => Promise<void>;
}

/** Merges the rows of a source into the home of a tenant, in one transaction. */
export function mergeStream(
  deployment: FleetDeployment,
  to: Tenant,
  history: readonly string[],
  source: Pick<RowSource, 'rows'>,
  streamed: readonly StreamedTable[],
  options: MergeOptions,
  control: TransferControl,
  { onStaged, finish }: StreamHooks,
): Promise<readonly MergedTable[]> {
  const locks = streamed.map(({ target }) => ({ table: target, mode: targetMode(to) }));
  const { signal } = control;
  return inOwnerTransaction(deployment, to, { locks, level: 'repeatable read', signal }, async (client) => {
    await requireUnchanged(deployment, [to], { history });
    const tables = await mergeTablesOf(
      client,
      streamed.map(({ target }) => target),
    );
    const inputs: MergeInput[] = [];
    for (const [at, { index, target }] of streamed.entries()) {
      const table = tables[at] as MergeTable;
      control.onProgress?.({ table: target.name, done: at, total: streamed.length });
      await stageStream(client, table, source.rows(index));
      inputs.push({ table, rows: stagedRows(table) });
    }
    await onStaged?.(client, tables);
    const merged = await merge(client, to, inputs, options, control);
    if (options.dryRun) await client.query('rollback');
    else await finish(client, merged, tables);
    return merged;
  });
}
