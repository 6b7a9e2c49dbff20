import type { ClientBase, Pool } from 'pg';
import { CatalogBusyError, CatalogTooNewError } from '../errors.js';
import { HAS_CITUS, ON_COORDINATOR_ONLY } from '../homes/server-facts.js';
import { isTransientLockError, sqlStateOf } from '../support/sql-state.js';
import { CATALOG_STEPS, type CatalogStep } from './steps/index.js';

const CREATE_HISTORY = `
create schema if not exists rowhouse;
create table rowhouse.catalog_migrations (
  version    integer constraint catalog_migrations_pkey primary key,
  name       pg_catalog.text not null,
  applied_at timestamp (3) with time zone not null default pg_catalog.now()
)`;

/** What {@link migrateCatalog} did. */
export interface CatalogMigrationReport {
  /** The catalog's version now. */
  readonly version: number;
  /** The versions applied by this call, in order; empty when the catalog was up to date. */
  readonly applied: readonly number[];
}

/**
 * Brings Rowhouse's own tables, in schema `rowhouse`, to the version this release needs.
 *
 * All pending steps run in one transaction that locks the table of steps, so any number of instances may call it
 * at the same time and a failure leaves the catalog as it was. On a catalog that is up to date it only reads: it waits
 * for nobody, and needs no right to create anything.
 *
 * @param target - a pool, or a connected client outside of any transaction. Not the tenant pool.
 * @throws {CatalogTooNewError} when a newer release has migrated the catalog.
 * @throws {CatalogBusyError} when others hold locks on it for half a minute.
 */
export async function migrateCatalog(
  target: Pool | ClientBase,
  steps: readonly CatalogStep[] = CATALOG_STEPS,
): Promise<CatalogMigrationReport> {
  if (!isPool(target)) return migrate(target, steps);

  const client = await target.connect();
  try {
    const report = await migrate(client, steps);
    client.release();
    return report;
  } catch (error) {
    // The transaction may still be open when its ROLLBACK failed as well; such a connection is not reused.
    client.release(true);
    throw error;
  }
}

function isPool(target: Pool | ClientBase): target is Pool {
  return 'totalCount' in target;
}

/** Milliseconds that a statement waits for a table that another release writes to, with everybody else behind it. */
const LOCK_TIMEOUT_MS = 5_000;
const ATTEMPTS = 6;

/** duplicate_schema, duplicate_table. */
const ALREADY_MADE: ReadonlySet<string | undefined> = new Set(['42P06', '42P07']);

/** Whether another instance has begun the catalog at the same moment: names are unique in the server's own tables. */
function wasBegunMeanwhile(error: unknown): boolean {
  const { schema } = Object(error) as { schema?: unknown };
  const state = sqlStateOf(error);
  return ALREADY_MADE.has(state) || (state === '23505' && schema === 'pg_catalog');
}

/** Tried again where an instance that is still at work was in the way: nothing was changed then. */
async function migrate(client: ClientBase, steps: readonly CatalogStep[]): Promise<CatalogMigrationReport> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await migrateOnce(client, steps);
    } catch (error) {
      if (!isTransientLockError(error) && !wasBegunMeanwhile(error)) throw error;
      if (attempt === ATTEMPTS) throw new CatalogBusyError(error);
    }
  }
}

async function migrateOnce(
  client: ClientBase,
  steps: readonly CatalogStep[],
): Promise<CatalogMigrationReport> {
  // READ COMMITTED, whatever the session's default: what is read after the lock must be newer than the wait for it.
  await client.query('begin transaction isolation level read committed read write');
  try {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const report = await applyPending(client, steps);
    await client.query('commit');
    return report;
  } catch (error) {
    // The first error is the one to tell; the connection it broke may well refuse the ROLLBACK too.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function applyPending(
  client: ClientBase,
  steps: readonly CatalogStep[],
): Promise<CatalogMigrationReport> {
  const newest = steps.at(-1)?.version ?? 0;
  if ((await pendingSteps(client, steps)).length === 0) return { version: newest, applied: [] };

  const { hasHistory, hasCitus } = await stateOf(client);
  // The catalog is small, and read by each instance: it stays on the coordinator.
  if (hasCitus) await client.query(ON_COORDINATOR_ONLY);
  if (!hasHistory) await client.query(CREATE_HISTORY);
  // Nobody without a privilege on this table can be in the way, as with an advisory lock. Reading goes on.
  await client.query('lock table rowhouse.catalog_migrations in exclusive mode');
  const pending = await pendingSteps(client, steps);
  for (const { version, name, sql } of pending) {
    await client.query(sql);
    await client.query('insert into rowhouse.catalog_migrations (version, name) values ($1, $2)', [
      version,
      name,
    ]);
  }
  return { version: newest, applied: pending.map(({ version }) => version) };
}

/** @throws {CatalogTooNewError} */
async function pendingSteps(
  client: ClientBase,
  steps: readonly CatalogStep[],
): Promise<readonly CatalogStep[]> {
  const current = await readVersion(client);
  const newest = steps.at(-1)?.version ?? 0;
  if (current > newest) throw new CatalogTooNewError(current, newest);
  return steps.filter(({ version }) => version > current);
}

interface State {
  readonly hasHistory: boolean;
  readonly hasCitus: boolean;
}

async function stateOf(client: ClientBase): Promise<State> {
  const { rows } = await client.query<State>(
    `select pg_catalog.to_regclass('rowhouse.catalog_migrations') is not null as "hasHistory", ${HAS_CITUS} as "hasCitus"`,
  );
  return rows[0] ?? { hasHistory: false, hasCitus: false };
}

/** The version the catalog is at; 0 for one that is still to be made. */
async function readVersion(client: ClientBase): Promise<number> {
  if (!(await stateOf(client)).hasHistory) return 0;
  const { rows } = await client.query<{ version: number }>(
    'select coalesce(pg_catalog.max(version), 0) as version from rowhouse.catalog_migrations',
  );
  return rows[0]?.version ?? 0;
}
