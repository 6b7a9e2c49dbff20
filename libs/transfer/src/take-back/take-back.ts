import type { Actor, Tenant } from '@rowhouse/core';
import { counted, parseOptions, requireActor } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { historyOf } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import { z } from 'zod';
import type { TransferControl } from '../control.js';
import { comparable, onlyIn, requireThere } from '../diff/comparable-tables.js';
import { diffTables } from '../diff/diff-tables.js';
import type { Keys } from '../diff/read-rows.js';
import { pairTables, type Side } from '../diff/table-pairs.js';
import { RowNotFoundError, TakeBackRefusedError } from '../errors.js';
import { COMPARABLE_SETTINGS } from '../home/comparable.js';
import { withoutLimits } from '../home/plain-settings.js';
import { namesOfObjectColumns } from '../large-objects/tenant-objects.js';
import { openSnapshot } from '../source/open-snapshot.js';
import { changeLiveHome, transactionOf } from './change-live-home.js';
import type { LiveHome } from './live-home.js';
import { requireRows } from './require-rows.js';
import { type NewRecord, TakeBackRecords } from './take-back-record.js';

export interface TakeBackOptions {
  /** The tenant whose rows are taken: the same tenant as it was, for example. It is not changed. */
  readonly from: Tenant;
  /** Names of the tables to take back as a whole. Default: all, unless `rows` are given. */
  readonly tables?: readonly string[] | undefined;
  /** Rows to take back, by the values of their keys, as texts and in the order of the key. */
  readonly rows?: readonly { readonly table: string; readonly key: readonly string[] }[] | undefined;
}

export interface TakeBackControl extends TransferControl {
  /** Who does it; stored in the audit trail. Default: unknown. */
  readonly by?: Actor | undefined;
}

export interface TakeBackReport {
  /** Of the record that {@link undoTakeBack} reads; left out when nothing differed. */
  readonly id: string | undefined;
  readonly tables: readonly TakenBackTable[];
  readonly rows: number;
}

/** What was done to a table. */
export interface TakenBackTable {
  readonly name: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

const optionsSchema = z.object({
  tables: z.array(z.string().min(1)).min(1).optional(),
  rows: z
    .array(z.object({ table: z.string().min(1), key: z.array(z.string()).min(1) }))
    .min(1)
    .max(10_000)
    .optional(),
});

/**
 * Makes the rows of a tenant as those of another are: all, some tables, or some rows. Rows that are missing are inserted, rows that
 * differ are updated, and those that the other does not have are deleted, in one transaction. What they were is recorded first, so
 * that {@link undoTakeBack} can make them so again for 30 days.
 *
 * @throws {RowNotFoundError} for a key that neither of the tenants has.
 * @throws {TakeBackRefusedError} and changes nothing, when the rows would break others, when they are changed meanwhile, when the
 *   tables differ, and under an operator's entry.
 */
export async function takeBack(
  { deployment }: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  { from, ...given }: TakeBackOptions,
  { signal, onProgress, by }: TakeBackControl = {},
): Promise<TakeBackReport> {
  requireActor(by);
  const { tables, rows } = parseOptions('takeBack', optionsSchema, given);
  if (from.id === tenant.id) throw new TakeBackRefusedError('A tenant has no rows to take back from itself.');
  const wanted = tables || rows ? [...(tables ?? []), ...(rows ?? []).map(({ table }) => table)] : undefined;
  const keys = keysOf(rows ?? [], tables ?? []);
  const { history, tables: except } = await historyOf(deployment, tenant);
  const other = deployment.registry.for(withoutLimits(from), { signal }).createQueryRunner();
  try {
    const client: pg.PoolClient = await other.connect();
    const snapshot = await openSnapshot(deployment, from, client, signal);
    await client.query(COMPARABLE_SETTINGS);
    if (String(snapshot.history) !== String(history))
      throw new TakeBackRefusedError(
        `The tables of ${tenant.slug} and ${from.slug} have had different migrations. Migrate both to the same (rowhouse migration run), and repeat it.`,
      );
    const there: Side = { client, tables: comparable(snapshot.tables, wanted) };
    const records = await TakeBackRecords.open(deployment, tenant, signal);
    try {
      await records.prune();
      const record = await records.begin(from.slug, history);
      return await recorded(records, record, async (done) => {
        const choose = (found: Side['tables']) => withoutObjects(comparable(found, wanted));
        await changeLiveHome(deployment, tenant, { except, choose, by, signal }, async (home) => {
          requireThere(wanted, [home, there]);
          await requireSameTables(home, there, keys);
          await requireRows(home, there, keys);
          const report = await recordChanges(home, there, record, { keys, signal, onProgress });
          done(report);
          if (record.tables.length === 0) return undefined;
          await record.end(await transactionOf(home));
          await home.apply(records.changesOf(record, home.tables, { isUndone: false }));
          signal?.throwIfAborted();
          return { action: 'rows.taken_back', after: { from: from.slug, tables: report.tables } };
        });
      });
    } finally {
      await records.close();
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    // Its transaction only read: the pool closes the connection.
    await other.release();
  }
}

/**
 * The numbers of large objects are others in each tenant.
 *
 * @throws {TakeBackRefusedError}
 */
function withoutObjects(tables: Side['tables']): Side['tables'] {
  const found = namesOfObjectColumns(tables);
  if (found.length === 0) return tables;
  throw new TakeBackRefusedError(
    `These columns have numbers of large objects, which are others in each tenant: ${found.join(', ')}. Name the tables to take back without these.`,
  );
}

/** Keeps the record when the rows were changed, and when that is not known. */
async function recorded(
  records: TakeBackRecords,
  record: NewRecord,
  work: (done: (report: TakeBackReport) => void) => Promise<void>,
): Promise<TakeBackReport> {
  let report: TakeBackReport = { id: undefined, tables: [], rows: 0 };
  try {
    await work((made) => {
      report = made;
    });
  } catch (error) {
    if (error instanceof TakeBackRefusedError || error instanceof RowNotFoundError)
      await records.forget(record);
    throw error;
  }
  if (report.rows === 0) await records.forget(record);
  // Its transaction says as well that it is done.
  else await records.done(record).catch(() => {});
  return report;
}

async function recordChanges(
  home: LiveHome,
  there: Side,
  record: NewRecord,
  control: { readonly keys: ReadonlyMap<string, Keys> } & TransferControl,
): Promise<TakeBackReport> {
  const counts = new Map<string, { inserted: number; updated: number; deleted: number }>();
  let rows = 0;
  for await (const { pair, before, after } of diffTables(home, there, { ...control, keysOnly: false })) {
    await record.add(pair, { before, after });
    const table = counts.get(pair.name) ?? { inserted: 0, updated: 0, deleted: 0 };
    counts.set(pair.name, table);
    table[before ? (after ? 'updated' : 'deleted') : 'inserted'] += 1;
    rows += 1;
  }
  control.onProgress?.({
    table: `changing ${counted(rows, 'row')}`,
    done: home.tables.length,
    total: home.tables.length,
  });
  const tables = [...counts].map(([name, count]) => ({ name, ...count }));
  return { id: rows === 0 ? undefined : record.id, tables, rows };
}

function keysOf(
  rows: NonNullable<TakeBackOptions['rows']>,
  whole: readonly string[],
): ReadonlyMap<string, Keys> {
  const keys = new Map<string, (readonly string[])[]>();
  for (const { table, key } of rows)
    if (!whole.includes(table)) keys.set(table, [...(keys.get(table) ?? []), key]);
  return keys;
}

/** @throws {TakeBackRefusedError} where rows of one side do not fit into the tables of the other. */
async function requireSameTables(home: Side, there: Side, keys: ReadonlyMap<string, Keys>): Promise<void> {
  const only = [...onlyIn(home, there), ...onlyIn(there, home)];
  const pairs = await pairTables(home, there);
  for (const { name, columnsOnlyBefore, columnsOnlyAfter } of pairs)
    only.push(...[...columnsOnlyBefore, ...columnsOnlyAfter].map((column) => `${name}.${column}`));
  if (only.length > 0)
    throw new TakeBackRefusedError(
      `Only one of the tenants has these tables and columns: ${only.join(', ')}. Nothing was changed. Look for drift (rowhouse drift), or name the tables to take back.`,
    );
  for (const { name, columns, keyLength } of pairs) {
    const wrong = keys.get(name)?.find((key) => key.length !== keyLength);
    if (wrong && keyLength === 0)
      throw new TakeBackRefusedError(
        `The table ${name} has no key to name rows by. Take it back as a whole.`,
      );
    if (wrong)
      throw new TakeBackRefusedError(
        `The key of the table ${name} is ${columns.slice(0, keyLength).join(', ')}, and "${wrong.join(',')}" has other parts.`,
      );
  }
}
