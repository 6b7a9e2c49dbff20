import { type Tenant, TenantContext } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type pg from 'pg';
import { z } from 'zod';
import type { TransferControl } from '../control.js';
import type { CopyRow } from '../copy/copy-rows.js';
import { DiffRefusedError } from '../errors.js';
import { COMPARABLE_SETTINGS } from '../home/comparable.js';
import { withoutLimits } from '../home/plain-settings.js';
import { openSnapshot } from '../source/open-snapshot.js';
import { comparable, onlyIn, requireThere } from './comparable-tables.js';
import { diffTables, type TableChange } from './diff-tables.js';
import type { Side, TablePair } from './table-pairs.js';

export interface DiffOptions extends TransferControl {
  /** Names of the tables to compare. Default: all. */
  readonly tables?: readonly string[] | undefined;
  /** Hands out the keys of rows and not their content. Default false. */
  readonly keysOnly?: boolean | undefined;
  /** How many changes are handed out, at most; all are counted. Default: all. */
  readonly limit?: number | undefined;
}

/** Values by column, as PostgreSQL writes them as text. */
export type RowTexts = Readonly<Record<string, string | null>>;

/** A row that only one of two tenants has, or that both have and that differs. */
export interface RowChange {
  readonly table: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Empty for a table without a key. */
  readonly key: RowTexts;
  /** With `keysOnly` left out, as `after`. */
  readonly before?: RowTexts | undefined;
  readonly after?: RowTexts | undefined;
  /** The columns that changed; with `keysOnly` left out. */
  readonly columns?: readonly string[] | undefined;
}

export interface TableDiff {
  readonly name: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** The columns that rows are matched by; empty where the table has no key: then rows are added and removed only. */
  readonly key: readonly string[];
  readonly columnsOnlyBefore: readonly string[];
  readonly columnsOnlyAfter: readonly string[];
}

export interface DiffReport {
  /** No row, table or column differs. */
  readonly isEqual: boolean;
  readonly tables: readonly TableDiff[];
  readonly tablesOnlyBefore: readonly string[];
  readonly tablesOnlyAfter: readonly string[];
}

const optionsSchema = z.object({
  tables: z.array(z.string().min(1)).min(1).optional(),
  keysOnly: z.boolean().default(false),
  limit: z.int().min(0).default(Number.POSITIVE_INFINITY),
});

/**
 * Compares the rows of two tenants, with any isolations and on any servers. Each is read as it was at one moment and as the tenant
 * itself; the application goes on. Iterate over it once for the changes, table by table and in the order of the keys; afterwards
 * {@link TenantDiff.report} is complete. Memory does not grow with the tenants.
 *
 * Values are compared as PostgreSQL writes them. Generated columns are left out, as is the column that says whose rows these are.
 *
 * @throws {DiffRefusedError} while it is iterated over: when a table that is asked for is missing on both sides, when policies of the
 *   application decide which rows are read, and under an operator's entry.
 */
export function diffTenants(
  fleet: Pick<Fleet, 'deployment'>,
  before: Tenant,
  after: Tenant,
  options: DiffOptions = {},
): TenantDiff {
  return new TenantDiff(fleet, before, after, options);
}

export class TenantDiff implements AsyncIterable<RowChange> {
  readonly #deployment: Fleet['deployment'];
  readonly #tenants: readonly Tenant[];
  readonly #options: z.infer<typeof optionsSchema>;
  readonly #control: TransferControl;
  readonly #tables = new Map<string, Counted<TableDiff>>();
  #only: Pick<DiffReport, 'tablesOnlyBefore' | 'tablesOnlyAfter'> = {
    tablesOnlyBefore: [],
    tablesOnlyAfter: [],
  };

  /** @internal */
  constructor(
    { deployment }: Pick<Fleet, 'deployment'>,
    before: Tenant,
    after: Tenant,
    { signal, onProgress, ...options }: DiffOptions,
  ) {
    this.#deployment = deployment;
    this.#tenants = [before, after];
    this.#options = parseOptions('diffTenants', optionsSchema, options);
    this.#control = { signal, onProgress };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RowChange> {
    if (TenantContext.entry())
      throw new DiffRefusedError("Under an operator's entry into a tenant, no other tenant is read.");
    const { registry } = this.#deployment;
    const { signal } = this.#control;
    const runners = this.#tenants.map((tenant) =>
      registry.for(withoutLimits(tenant), { signal }).createQueryRunner(),
    );
    try {
      const sides: Side[] = [];
      for (const [index, tenant] of this.#tenants.entries())
        sides.push(await this.#open(tenant, await runners[index]?.connect()));
      yield* this.#changesOf(...(sides as [Side, Side]));
      for (const { client } of sides) await client.query('commit');
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      // After an error the transactions are still open: the pool closes the connections.
      for (const runner of runners) await runner.release();
    }
  }

  /** What has been counted so far: all of it when the iteration has ended. */
  get report(): DiffReport {
    const tables = [...this.#tables.values()];
    const isEqual =
      this.#only.tablesOnlyBefore.length + this.#only.tablesOnlyAfter.length === 0 &&
      tables.every(
        ({ added, removed, changed, columnsOnlyBefore, columnsOnlyAfter }) =>
          added + removed + changed + columnsOnlyBefore.length + columnsOnlyAfter.length === 0,
      );
    return { isEqual, tables, ...this.#only };
  }

  async #open(tenant: Tenant, client: pg.PoolClient): Promise<Side> {
    const { tables } = await openSnapshot(this.#deployment, tenant, client, this.#control.signal);
    await client.query(COMPARABLE_SETTINGS);
    return { client, tables: comparable(tables, this.#options.tables) };
  }

  async *#changesOf(before: Side, after: Side): AsyncGenerator<RowChange> {
    const { tables, keysOnly, limit } = this.#options;
    requireThere(tables, [before, after]);
    this.#only = { tablesOnlyBefore: onlyIn(before, after), tablesOnlyAfter: onlyIn(after, before) };
    const onTable = (pair: TablePair) => this.#tables.set(pair.name, emptyDiffOf(pair));
    let handedOut = 0;
    for await (const change of diffTables(before, after, { ...this.#control, keysOnly, onTable })) {
      const kind = kindOf(change);
      const counts = this.#tables.get(change.pair.name);
      if (counts) counts[kind] += 1;
      handedOut += 1;
      if (handedOut <= limit) yield rowChangeOf(change, kind, keysOnly);
    }
  }
}

type Counted<T> = { -readonly [K in keyof T]: T[K] };

function emptyDiffOf({
  name,
  columns,
  keyLength,
  columnsOnlyBefore,
  columnsOnlyAfter,
}: TablePair): Counted<TableDiff> {
  const key = columns.slice(0, keyLength);
  return { name, added: 0, removed: 0, changed: 0, key, columnsOnlyBefore, columnsOnlyAfter };
}

function kindOf({ before, after }: TableChange): RowChange['kind'] {
  if (!before) return 'added';
  return after ? 'changed' : 'removed';
}

function rowChangeOf(
  { pair: { name, columns, keyLength }, before, after }: TableChange,
  kind: RowChange['kind'],
  keysOnly: boolean,
): RowChange {
  const textsOf = (row: CopyRow, length: number): RowTexts =>
    Object.fromEntries(columns.slice(0, length).map((column, index) => [column, row[index] ?? null]));
  const key = textsOf(before ?? after ?? [], keyLength);
  if (keysOnly && keyLength > 0) return { table: name, kind, key };
  return {
    table: name,
    kind,
    key,
    ...(before && { before: textsOf(before, columns.length) }),
    ...(after && { after: textsOf(after, columns.length) }),
    ...(before && after && { columns: columns.filter((_, index) => before[index] !== after[index]) }),
  };
}
