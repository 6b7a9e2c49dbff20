import type { Writable } from 'node:stream';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { ARCHIVE_FORMAT, type ArchiveHead } from '../archive/archive-format.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { ExportRefusedError } from '../errors.js';
import { withoutTimeLimits } from '../home/plain-settings.js';
import { sequencesOf } from '../home/sequences.js';
import type { Client, HomeTable } from '../home/tables.js';
import { WRITTEN_BY } from '../version.js';
import { openSnapshot, sourceOf } from './open-snapshot.js';

const { escapeIdentifier: quote } = pg;

export interface TransferProgress {
  /** The table that is being read or written; at the end what is done then. */
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
  const runner = deployment.registry.for(withoutTimeLimits(tenant)).createQueryRunner();
  const writer = new ArchiveWriter(destination, signal);
  try {
    const client: pg.PoolClient = await runner.connect();
    const { history, tables: found, except } = await openSnapshot(deployment, tenant, client, signal);
    const tables = exportable(found);
    await writer.writeHead(await headOf(client, tenant, history, tables));
    const report: { name: string; rows: number }[] = [];
    for (const [done, table] of tables.entries()) {
      onProgress?.({ table: table.name, done, total: tables.length });
      const copy = client.query(copyStreams.to(`copy (${readingOf(table)}) to stdout`));
      await writer.writeTable(copy, () => copy.rowCount);
      report.push({ name: table.name, rows: copy.rowCount });
    }
    onProgress?.({ table: 'sequences', done: tables.length, total: tables.length });
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

/** Each row of a table once. */
function readingOf(table: HomeTable): string {
  const list = table.columns.map((column) => quote(column.name)).join(', ');
  return `select ${list} from ${sourceOf(table)}`;
}
