import type { Tenant } from '@rowhouse/core';
import type { ScriptStatement } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type pg from 'pg';
import { type ArchiveHead, FORMAT_WITHOUT_CONTENTS } from '../archive/archive-format.js';
import { ContentsCount } from '../contents/contents-report.js';
import { readContents } from '../contents/read-contents.js';
import { copyOut, type RowFormat } from '../copy/copy-streams.js';
import { ExportRefusedError } from '../errors.js';
import { withoutLimits } from '../home/plain-settings.js';
import { type Client, filteredOf, type HomeTable, nameTwiceIn, visibleSourceOf } from '../home/tables.js';
import { namedObjects, readObjects, requireCarried } from '../large-objects/read-objects.js';
import { columnList, keepsObjects, OwnObjects } from '../large-objects/tenant-objects.js';
import { WRITTEN_BY } from '../version.js';
import { openSnapshot, type Snapshot } from './open-snapshot.js';
import type { RowSource, TableRows } from './row-source.js';
import { sumOf, type TableSum } from './row-sums.js';
import { SmallTables } from './small-tables.js';

/** A tenant as it is at one moment, and the snapshot. */
export interface TenantSource extends RowSource {
  /** Acts as the tenant, in the snapshot. */
  readonly client: Client;
  /** Those of the head, in its order. */
  readonly tables: readonly HomeTable[];
  /** Names of tables that are left out: those in which TypeORM keeps records of its own, that of migrations first. */
  readonly except: readonly string[];
  /** As {@link RowSource.rows}, in another format. */
  rows(table: number, format?: RowFormat): TableRows;
  /** Reads what a SELECT answers. */
  read(select: string): TableRows;
  /** What SELECT reads of a table, in SQL: its columns. */
  columnsOf(table: number): string;
  /**
   * What says whether the rows of each table are the same as at another time, or in another home: also of the large objects that they name.
   *
   * @param as - what says which columns name some. Default: the head.
   */
  sums(as?: readonly Pick<HomeTable, 'name' | 'columns'>[]): Promise<readonly TableSum[]>;
  /** The numbers of the tenant's large objects that its rows name, in ascending order. */
  namedObjects(): Promise<readonly number[]>;
  /** How many large objects the tenant owns. */
  readonly ownedObjects: number;
  /** As {@link RowSource.contents}. @param count - counts them as they go. */
  contents(companion: string, count?: ContentsCount): AsyncIterable<Buffer>;
  /** @throws {ExportRefusedError} when large objects that rows name could not be carried. */
  requireCarried(): Promise<void>;
}

/**
 * Hands out all rows of a tenant. They are read in one snapshot and as the tenant: the app may write meanwhile, and no rows of other
 * tenants can be among them.
 *
 * @param use - the source is there until it settles.
 * @throws {ExportRefusedError} when policies of the application would hide rows, or two tables have the same name.
 */
export async function withRowsOf<T>(
  { deployment }: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  signal: AbortSignal | undefined,
  use: (source: TenantSource) => Promise<T>,
): Promise<T> {
  const runner = deployment.registry.for(withoutLimits(tenant), { signal }).createQueryRunner();
  try {
    const client: pg.PoolClient = await runner.connect();
    const objects = new OwnObjects(keepsObjects(deployment, tenant));
    const snapshot = await openSnapshot(deployment, tenant, client, signal, [countOf(objects)]);
    const { except, bytes } = snapshot;
    const tables = readable(snapshot.tables);
    const columnsOf = (table: number) => columnList(tableAt(tables, table).columns, objects);
    const read = (select: string, format: RowFormat = 'text'): TableRows => {
      signal?.throwIfAborted();
      const copy = copyOut(client, select, format);
      return { chunks: copy, count: () => copy.rowCount };
    };
    const select = (table: number) =>
      `select ${columnsOf(table)} from ${visibleSourceOf(tableAt(tables, table))}`;
    const small = new SmallTables({
      client,
      tables,
      select,
      bytes: snapshot.hasEncoding ? bytes : new Map(),
    });
    const result = await use({
      client,
      tables,
      except,
      read,
      head: headOf(tenant, snapshot),
      columnsOf,
      // Each row once.
      rows: (table, format = 'text') => {
        if (bytes.get(tableAt(tables, table)) === 0 && format !== 'csv')
          return { chunks: nothing(), count: () => 0 };
        signal?.throwIfAborted();
        if (small.has(table) && format === 'text') return small.rows(table);
        return read(select(table), format);
      },
      sums: async (as: readonly Pick<HomeTable, 'name' | 'columns'>[] = tables) => {
        const sums: TableSum[] = [];
        for (const table of tables) {
          const { columns } = as.find(({ name }) => name === table.name) ?? table;
          sums.push(await sumOf(client, { ...table, columns }, objects));
        }
        return sums;
      },
      namedObjects: () => namedObjects(client, tables, objects),
      ownedObjects: snapshot.also[0]?.rows[0].count ?? 0,
      requireCarried: () => requireCarried(client, tables, objects),
      largeObjects: (numbers) => readObjects(client, objects, numbers),
      contents: (name, count = new ContentsCount(name)) => {
        const companion = deployment.companions.find((one) => one.name === name);
        const table = tables.find((one) => one.name === companion?.table);
        if (!companion || !table) throw new TypeError('The source has no such contents.');
        return readContents(client, tenant, companion, table, count, signal);
      },
      sequences: async () => snapshot.sequences,
    });
    await client.query('commit');
    return result;
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    await runner.release();
  }
}

/** What COPY would write of a table without rows; asking for it would cost a round trip for each. */
async function* nothing(): AsyncGenerator<Buffer> {}

function countOf({ all }: OwnObjects): ScriptStatement {
  return { text: `select pg_catalog.count(*)::int as count from ${all}` };
}

function readable(tables: readonly HomeTable[]): readonly HomeTable[] {
  const filtered = filteredOf(tables);
  if (filtered.length > 0)
    throw new ExportRefusedError(
      `Policies of the application decide which rows of these tables are read, so an export could leave rows out, or hold rows of other tenants: ${filtered.join(', ')}. ` +
        'Nothing was exported. Drop the policies (DROP POLICY), or where tenants do not share the tables turn them off (ALTER TABLE … DISABLE ROW LEVEL SECURITY), and export again.',
    );
  const twice = nameTwiceIn(tables);
  if (twice !== undefined)
    throw new ExportRefusedError(
      `The table ${twice} is in two schemas, and an archive names tables without one. Rename one of them, and export again.`,
    );
  return tables;
}

function headOf(
  { id, slug, name, isolation, plan, metadata }: Tenant,
  { history, tables, at, serverVersion }: Snapshot,
): ArchiveHead {
  return {
    format: FORMAT_WITHOUT_CONTENTS,
    writtenBy: WRITTEN_BY,
    takenAt: at.toISOString(),
    serverVersion,
    tenant: { id, slug, name, isolation, plan, metadata },
    history: [...history],
    tables: tables.map((table) => ({ name: table.name, columns: [...table.columns] })),
  };
}

function tableAt(tables: readonly HomeTable[], index: number): HomeTable {
  const table = tables[index];
  if (!table) throw new TypeError('The source has no such table.');
  return table;
}
