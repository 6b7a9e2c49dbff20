import type { Writable } from 'node:stream';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { historyOf } from '@rowhouse/migrations/internal';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { ARCHIVE_FORMAT, type ArchiveHead } from '../archive/archive-format.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { ExportRefusedError } from '../errors.js';
import { sequencesOf } from '../home/sequences.js';
import { inOrder } from '../home/table-order.js';
import { type Client, type HomeTable, nameOf, tablesOf } from '../home/tables.js';
import { WRITTEN_BY } from '../version.js';

const { escapeIdentifier: quote } = pg;

export interface TransferProgress {
  /** The table that is being read or written. */
  readonly table: string;
  /** Tables that are done, and all of them. */
  readonly done: number;
  readonly total: number;
}

export interface TransferControl {
  readonly signal?: AbortSignal | undefined;
  /** Called when a table begins. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

export interface ExportReport {
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: number;
}

/**
 * Writes all rows of a tenant to one stream, in the format of docs/archive-format.md. They are read in one snapshot and as the tenant:
 * the app may write meanwhile, and no rows of other tenants can be among them. Memory does not grow with the tenant.
 *
 * @param destination - is ended; after an error it is destroyed, and what it has holds no whole archive.
 * @throws {ExportRefusedError} when policies of the application would hide rows, or two tables have the same name.
 */
export async function exportTenant(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  destination: Writable,
  { signal, onProgress }: TransferControl = {},
): Promise<ExportReport> {
  const { deployment } = fleet;
  const schema = deployment.schemaOf(tenant);
  const { history, tables: except } = await historyOf(deployment, tenant);
  const runner = deployment.registry.for(tenant).createQueryRunner();
  const writer = new ArchiveWriter(destination, signal);
  try {
    const client: pg.PoolClient = await runner.connect();
    await client.query('begin isolation level repeatable read read only');
    const tables = await inOrder(client, exportable(await tablesOf(client, tenant, schema, except)));
    await writer.writeHead(await headOf(client, tenant, history, tables));
    const report: { name: string; rows: number }[] = [];
    for (const [done, table] of tables.entries()) {
      onProgress?.({ table: table.name, done, total: tables.length });
      const copy = client.query(copyStreams.to(`copy (${readingOf(table)}) to stdout`));
      await writer.writeTable(copy, () => copy.rowCount);
      report.push({ name: table.name, rows: copy.rowCount });
    }
    const sequences = tenant.isolation === 'row' ? [] : await sequencesOf(client, schema, except);
    await client.query('commit');
    await writer.finish(sequences);
    return { tables: report, rows: report.reduce((sum, { rows }) => sum + rows, 0) };
  } catch (error) {
    await writer.abandon(error);
    throw signal?.aborted ? signal.reason : error;
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    await runner.release();
  }
}

function exportable(tables: readonly HomeTable[]): readonly HomeTable[] {
  const filtered = tables.filter(({ isFiltered }) => isFiltered).map(({ name }) => name);
  if (filtered.length > 0)
    throw new ExportRefusedError(
      `Policies of the application decide which rows of these tables are read, so an export could leave rows out, or hold rows of other tenants: ${filtered.join(', ')}. ` +
        'Nothing was exported. Drop the policies (DROP POLICY), or where tenants do not share the tables turn them off (ALTER TABLE … DISABLE ROW LEVEL SECURITY), and export again.',
    );
  const names = tables.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ExportRefusedError(
      `The table ${twice} is in two schemas, and an archive names tables without one. Rename one of them, and export again.`,
    );
  return tables;
}

async function headOf(
  client: Client,
  { id, slug, name, isolation, plan, metadata }: Tenant,
  history: readonly string[],
  tables: readonly HomeTable[],
): Promise<ArchiveHead> {
  const { rows } = await client.query<{ version: number; at: Date }>(
    `select pg_catalog.current_setting('server_version_num')::int as version, pg_catalog.now() as at`,
  );
  const [{ version, at }] = rows as [{ version: number; at: Date }];
  return {
    format: ARCHIVE_FORMAT,
    writtenBy: WRITTEN_BY,
    takenAt: at.toISOString(),
    serverVersion: version,
    tenant: { id, slug, name, isolation, plan, metadata },
    history: [...history],
    tables: tables.map((table) => ({ name: table.name, columns: [...table.columns] })),
  };
}

/** Each row of a table once, without those of tables that inherit from it: they are read as their own. */
function readingOf(table: HomeTable): string {
  const list = table.columns.map((column) => quote(column.name)).join(', ');
  return `select ${list} from ${table.isPartitioned ? '' : 'only '}${nameOf(table)}`;
}
