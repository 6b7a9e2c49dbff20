import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant, TenantCompanion } from '@rowhouse/core';
import { type FleetDeployment, historyOf } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import type { ArchivedTable, ArchiveHead } from '../archive/archive-format.js';
import type { ContentsReport } from '../contents/contents-report.js';
import { type ContentsLoad, loadContents, writeFor } from '../contents/load-contents.js';
import type { TransferControl } from '../control.js';
import { ArchiveInvalidError, ImportRefusedError } from '../errors.js';
import { matchTables } from '../home/match-tables.js';
import { beginPlain, inPlainTransaction, withoutLimits } from '../home/plain-settings.js';
import { type HomeTable, tablesOf } from '../home/tables.js';
import { ObjectLoad } from '../large-objects/object-load.js';
import { keepsObjects } from '../large-objects/tenant-objects.js';
import type { RowSource } from '../source/row-source.js';
import type { Load } from './load.js';
import { NewHomeLoad } from './new-home-load.js';
import { refusalOf } from './rows-refused.js';
import { SharedTablesLoad } from './shared-tables-load.js';

export interface FillControl extends TransferControl {
  /** Take the contents that the source has. Default: nobody does. */
  readonly takers?: readonly TenantCompanion[];
  /** What becomes of the contents. Default: they are written to where those of the tenant are. */
  readonly write?: ContentsLoad['write'];
}

export interface FilledHome {
  /** How many were written. */
  readonly rows: number;
  readonly contents: readonly ContentsReport[];
}

/**
 * Writes rows to the home of a new tenant, and the contents that they name to where these are. Tables that tenants share are written in one transaction; where it fails, nothing was there.
 */
export async function fillHome(
  deployment: FleetDeployment,
  tenant: Tenant,
  source: RowSource,
  control: FillControl,
): Promise<FilledHome> {
  const { history, tables: except } = await historyOf(deployment, tenant);
  requireHistory(history, source.head, tenant);
  const fill = tenant.isolation === 'row' ? fillSharedTables : fillOwnTables;
  try {
    return await fill(deployment, tenant, source, except, control);
  } catch (error) {
    control.signal?.throwIfAborted();
    throw refusalOf(error, (state) => remedyFor(tenant, state));
  }
}

async function fillSharedTables(
  deployment: FleetDeployment,
  tenant: Tenant,
  source: RowSource,
  except: readonly string[],
  control: FillControl,
): Promise<FilledHome> {
  const { registry } = deployment;
  const { signal } = control;
  const own = registry.for(withoutLimits(tenant), { signal }).createQueryRunner();
  const owner = (await registry.directFor(tenant, { signal })).createQueryRunner();
  try {
    const client: pg.PoolClient = await own.connect();
    await beginPlain(client);
    const tables = targetsOf(source.head.tables, await tablesOf(client, tenant, '', except));
    const load = new SharedTablesLoad(client, await owner.connect(), tables);
    const objects = new ObjectLoad(async () => {
      throw noObjects(tenant);
    });
    const filled = await loadAll(load, objects, tables, source, {
      ...loadOf(tenant, client, control),
    });
    await commitWhileThere(deployment, tenant, client);
    return filled;
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    await own.release();
    await owner.release();
  }
}

async function fillOwnTables(
  deployment: FleetDeployment,
  tenant: Tenant,
  source: RowSource,
  except: readonly string[],
  control: FillControl,
): Promise<FilledHome> {
  const { registry } = deployment;
  const { signal } = control;
  const pool = await registry.directPoolFor(tenant, { signal });
  const schema = deployment.schemaOf(tenant);
  const acting = registry.for(withoutLimits(tenant), { signal }).createQueryRunner();
  const objects = new ObjectLoad(async () => {
    if (!keepsObjects(deployment, tenant)) throw noObjects(tenant);
    const client: pg.PoolClient = await acting.connect();
    if (!acting.isTransactionActive) await acting.startTransaction();
    return client;
  });
  const client = await pool.connect();
  const more: pg.PoolClient[] = [];
  const another = async () => {
    if (more.length === 0) more.push(...(await connectionsAtHand(pool)));
    return more;
  };
  try {
    const tables = targetsOf(source.head.tables, await tablesOf(client, tenant, schema, except));
    const load = new NewHomeLoad(client, another, tables, schema);
    const filled = await loadAll(load, objects, tables, source, {
      ...loadOf(tenant, client, control),
      within: (read) => inPlainTransaction(client, read),
    });
    // What rows name must be there before the tenant is; a failure removes both.
    if (acting.isTransactionActive) await acting.commitTransaction();
    await commitWhileThere(deployment, tenant, client);
    return filled;
  } finally {
    await acting.release();
    for (const one of [client, ...more]) one.release();
  }
}

/** How long another connection is waited for: all of them may be at work, each for one that waits for another. Milliseconds. */
const AT_HAND_MS = 1_000;

/** One more connection, or none where there is none soon. */
async function connectionsAtHand(pool: pg.Pool): Promise<readonly pg.PoolClient[]> {
  const connecting = pool.connect();
  const isLate = Symbol('late');
  const found = await Promise.race([
    connecting.catch(() => isLate),
    delay(AT_HAND_MS, isLate, { ref: false }),
  ]);
  if (typeof found !== 'symbol') return [found as pg.PoolClient];
  connecting.then((client) => client.release()).catch(() => {});
  return [];
}

/**
 * Tables of many tenants have had what they have had; nothing would migrate the rows of one alone.
 *
 * @throws {ImportRefusedError} when they had other migrations.
 */
function requireHistory(history: readonly string[], head: ArchiveHead, { isolation }: Tenant): void {
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

const UNIQUE_VIOLATION = '23505';

function remedyFor({ isolation }: Tenant, state: string): string {
  return isolation === 'row' && state === UNIQUE_VIOLATION
    ? ' Another tenant may have this key in tables that tenants share: take isolation schema, or keys that are unique among tenants.'
    : '';
}

function noObjects({ isolation }: Tenant): ImportRefusedError {
  return new ImportRefusedError(
    isolation === 'row'
      ? 'The rows name large objects, and tenants with isolation row share a role, so that they have none of their own. Take isolation schema or database.'
      : 'The rows name large objects, and without roles (pool.roles: false) tenants with schemas have none of their own. Take isolation database.',
  );
}

interface LoadControl extends Omit<ContentsLoad, 'tableOf'>, FillControl {
  readonly write: ContentsLoad['write'];
}

function loadOf(tenant: Tenant, client: pg.PoolClient, control: FillControl): Omit<LoadControl, 'within'> {
  return { ...control, client, write: control.write ?? writeFor(tenant) };
}

async function loadAll(
  load: Load,
  objects: ObjectLoad,
  tables: readonly HomeTable[],
  source: RowSource,
  { onProgress, takers = [], ...contents }: LoadControl,
): Promise<FilledHome> {
  await load.begin();
  let rows = 0;
  for (const [index, table] of tables.entries()) {
    onProgress?.({ table: table.name, done: index, total: tables.length });
    const { chunks, count } = source.rows(index);
    const written = await load.write(table, objects.rewritten(table, chunks));
    if (written !== count())
      throw new ArchiveInvalidError(
        `The table ${table.name} should have ${count()} rows, and ${written} were written.`,
      );
    rows += written;
  }
  await objects.fill(source);
  for (const { name } of takers) onProgress?.({ table: name, done: tables.length, total: tables.length });
  const loaded = await loadContents(source, takers, {
    ...contents,
    tableOf: (companion) => tables.find(({ name }) => name === companion.table),
  });
  onProgress?.({ table: 'checking', done: tables.length, total: tables.length });
  await load.end(await source.sequences());
  return { rows, contents: loaded };
}

/** @throws {ImportRefusedError} when the home lacks a table or a column, or a column has another type. */
function targetsOf(archived: readonly ArchivedTable[], present: readonly HomeTable[]): readonly HomeTable[] {
  const { targets, problems } = matchTables(archived, present);
  if (problems.length === 0) return targets;
  throw new ImportRefusedError(
    `The tables that the migrations make are not those of the archive: ${problems.slice(0, 20).join('; ')}. Were tables changed without a migration where it is from?`,
  );
}
