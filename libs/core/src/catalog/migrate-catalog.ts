import type { ClientBase, Pool } from 'pg';
import { CatalogTooNewError } from '../errors.js';
import { isTransientLockError } from '../support/sql-state.js';
import { CATALOG_STEPS, type CatalogStep } from './steps/index.js';

/** The advisory lock of catalog migrations: the eight ASCII bytes of "rowhouse", read as a bigint. */
const CATALOG_LOCK = '8245940733168939877';

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
 * All pending steps run in one transaction under an advisory lock, so any number of instances may call it
 * at the same time and a failure leaves the catalog as it was. On a catalog that is up to date it only reads,
 * and needs no right to create anything.
 *
 * @param target - a pool, or a connected client outside of any transaction. Not the tenant pool.
 * @throws {CatalogTooNewError} when a newer release has migrated the catalog.
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

/** Milliseconds that a step waits for a table that another release writes to, with everybody else behind it. */
const LOCK_TIMEOUT_MS = 5_000;
const ATTEMPTS = 6;

/** Tried again where an instance that is still at work was in the way: nothing was changed then. */
async function migrate(client: ClientBase, steps: readonly CatalogStep[]): Promise<CatalogMigrationReport> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await migrateOnce(client, steps);
    } catch (error) {
      if (attempt === ATTEMPTS || !isTransientLockError(error)) throw error;
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
    await client.query('select pg_catalog.pg_advisory_xact_lock($1)', [CATALOG_LOCK]);
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
  const current = await readVersion(client);
  const newest = steps.at(-1)?.version ?? 0;
  if (current > newest) throw new CatalogTooNewError(current, newest);

  const pending = steps.filter(({ version }) => version > current);
  for (const { version, name, sql } of pending) {
    await client.query(sql);
    await client.query('insert into rowhouse.catalog_migrations (version, name) values ($1, $2)', [
      version,
      name,
    ]);
  }
  return { version: newest, applied: pending.map(({ version }) => version) };
}

/** The version the catalog is at; 0 for a fresh one, whose history table is made here. */
async function readVersion(client: ClientBase): Promise<number> {
  const history = await client.query<{ present: boolean }>(
    "select pg_catalog.to_regclass('rowhouse.catalog_migrations') is not null as present",
  );
  if (!history.rows[0]?.present) {
    await client.query(CREATE_HISTORY);
    return 0;
  }
  const { rows } = await client.query<{ version: number }>(
    'select coalesce(pg_catalog.max(version), 0) as version from rowhouse.catalog_migrations',
  );
  return rows[0]?.version ?? 0;
}
