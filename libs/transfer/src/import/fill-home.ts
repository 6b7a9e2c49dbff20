import type { Tenant } from '@rowhouse/core';
import { messageOf, sqlStateOf } from '@rowhouse/core/internal';
import { type FleetDeployment, historyOf } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import type { ArchivedTable } from '../archive/archive-format.js';
import { partsOf, type VerifiedArchive } from '../archive/read-archive.js';
import { ArchiveInvalidError, ImportRefusedError } from '../errors.js';
import type { TransferControl } from '../export/export-tenant.js';
import { PLAIN_SETTINGS, withoutTimeLimits } from '../home/plain-settings.js';
import { type HomeTable, tablesOf } from '../home/tables.js';
import type { Load } from './load.js';
import { OwnHomeLoad } from './own-home-load.js';
import { SharedTablesLoad } from './shared-tables-load.js';

interface Source {
  readonly path: string;
  readonly archive: VerifiedArchive;
}

/** Writes the rows of an archive to the home of a new tenant, in one transaction. */
export async function fillHome(
  deployment: FleetDeployment,
  tenant: Tenant,
  source: Source,
  control: TransferControl,
): Promise<void> {
  const { history, tables: except } = await historyOf(deployment, tenant);
  requireHistory(history, source.archive, tenant);
  const { registry } = deployment;
  const schema = deployment.schemaOf(tenant);
  const owner = (await registry.directFor(tenant)).createQueryRunner();
  const own =
    tenant.isolation === 'row' ? registry.for(withoutTimeLimits(tenant)).createQueryRunner() : owner;
  try {
    const client: pg.PoolClient = await own.connect();
    await client.query('begin');
    await client.query(PLAIN_SETTINGS);
    const tables = targetsOf(source.archive.head.tables, await tablesOf(client, tenant, schema, except));
    const load =
      tenant.isolation === 'row'
        ? new SharedTablesLoad(client, await owner.connect(), tables)
        : new OwnHomeLoad(client, tables, { schema, states: source.archive.end.sequences });
    await loadAll(load, tables, source, control);
    await commitWhileThere(deployment, tenant, client);
  } catch (error) {
    throw /^2[23]/.test(sqlStateOf(error) ?? '') ? rowsRefused(error) : error;
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    await own.release();
    if (own !== owner) await owner.release();
  }
}

/**
 * Tables of many tenants have had what they have had; nothing would migrate the rows of one alone.
 *
 * @throws {ImportRefusedError} when they had other migrations.
 */
function requireHistory(history: readonly string[], { head }: VerifiedArchive, { isolation }: Tenant): void {
  const missing = history.filter((name) => !head.history.includes(name));
  const ahead = head.history.filter((name) => !history.includes(name));
  if (isolation !== 'row' || missing.length + ahead.length === 0) return;
  throw new ImportRefusedError(
    `The tables of row tenants have had other migrations than the archive: ${[...missing, ...ahead].join(', ')}. Import it with isolation schema, export that tenant, and import its archive.`,
  );
}

/** Commits, unless another process has undone the creation meanwhile: the catalog's row stays as it is until then. */
function commitWhileThere(
  { catalog }: FleetDeployment,
  { id }: Tenant,
  client: Pick<pg.ClientBase, 'query'>,
): Promise<unknown> {
  return catalog.transaction(async (holder) => {
    const { rowCount } = await holder.query(
      "select from rowhouse.tenants where id = $1 and status = 'provisioning' for share",
      [id],
    );
    if (rowCount === 0)
      throw new ImportRefusedError('The new tenant was removed while its rows were read in.');
    return client.query('commit');
  });
}

/** Data exceptions and violated constraints (manual, appendix A, classes 22 and 23). */
function rowsRefused(error: unknown): ImportRefusedError {
  return new ImportRefusedError(`The rows of the archive do not fit: ${messageOf(error)}.`, error);
}

async function loadAll(
  load: Load,
  tables: readonly HomeTable[],
  { path, archive }: Source,
  { signal, onProgress }: TransferControl,
): Promise<void> {
  await load.begin();
  const parts = partsOf(path, archive, signal);
  try {
    for (const [index, table] of tables.entries()) {
      onProgress?.({ table: table.name, done: index, total: tables.length });
      const { rows, parts: hashes } = archive.end.tables[index] ?? { rows: 0, parts: [] };
      const written = await load.write(table, take(parts, hashes.length));
      if (written !== rows)
        throw new ArchiveInvalidError(
          `The archive says that the table ${table.name} has ${rows} rows, and it holds ${written}.`,
        );
    }
  } finally {
    await parts.return(undefined);
  }
  onProgress?.({ table: 'checking', done: tables.length, total: tables.length });
  await load.end();
}

async function* take<T>(source: AsyncIterator<T>, count: number): AsyncGenerator<T> {
  for (let taken = 0; taken < count; taken += 1) {
    const { value, done } = await source.next();
    if (done) throw new ArchiveInvalidError('The archive was changed while it was read.');
    yield value;
  }
}

/**
 * The tables that the rows go to, with the columns that the archive has, in its order.
 *
 * @throws {ImportRefusedError} when the home lacks a table or a column, or a column has another type.
 */
function targetsOf(archived: readonly ArchivedTable[], present: readonly HomeTable[]): readonly HomeTable[] {
  const problems: string[] = [];
  const targets = archived.flatMap(({ name, columns }) => {
    const table = present.find((one) => one.name === name);
    if (!table) {
      problems.push(`no table ${name}`);
      return [];
    }
    if (table.isFiltered) problems.push(`policies of the application decide what may be written to ${name}`);
    for (const column of columns) {
      const own = table.columns.find((one) => one.name === column.name);
      if (!own) problems.push(`no column ${name}.${column.name}`);
      else if (own.type !== column.type)
        problems.push(`${name}.${column.name} is ${own.type}, and ${column.type} in the archive`);
    }
    return [{ ...table, columns }];
  });
  if (problems.length === 0) return targets;
  throw new ImportRefusedError(
    `The tables that the migrations make are not those of the archive: ${problems.slice(0, 20).join('; ')}. Were tables changed without a migration where it is from?`,
  );
}
