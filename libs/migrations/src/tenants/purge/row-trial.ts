import type { Tenant } from '@rowhouse/core';
import { isTransientLockError, messageOf, sqlStateOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationConflictError } from '../../errors.js';
import { describeKeepers, hidingPolicies, keepersBehind, silentKeepers } from './row-keepers.js';
import { deletionOrder, rowTables } from './tenant-row-tables.js';

const { escapeIdentifier: quote } = pg;

const LOCK_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 5_000;
const QUERY_CANCELED = '57014';
const BYPASSES =
  'select rolsuper or rolbypassrls as bypasses from pg_catalog.pg_roles where rolname = current_user';

interface ReferringColumns {
  readonly table: string;
  readonly columns: readonly string[];
  readonly referred: readonly string[];
}

interface RowPlace {
  readonly place: string;
  readonly part: string;
}

const REFERRING = `
  select k.conrelid::pg_catalog.regclass::text as table,
         array(select a.attname::text from unnest(k.conkey) with ordinality x (num, place)
                 join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.num order by x.place) as columns,
         array(select a.attname::text from unnest(k.confkey) with ordinality x (num, place)
                 join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.num order by x.place) as referred
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0 and k.confrelid = $1::pg_catalog.regclass`;

/**
 * Deletes one row of each table as the tenant, if possible one that no other row refers to, and rolls back: triggers, rules and publications
 * can keep rows, and what they do is known only when they have done it.
 *
 * @throws {MigrationConflictError} naming what keeps the row.
 */
export async function refuseKeptRows(registry: DataSourceRegistry, tenant: Tenant): Promise<void> {
  const own = registry.for(tenant);
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  // In the order of the purge, since a deletion may go on to other tables (ON DELETE CASCADE).
  const names = deletionOrder(await rowTables(own)).flatMap(({ tables }) => tables);
  for (const name of names) {
    await refuseHiddenRows(own, owner, name, tenant);
    const referring: ReferringColumns[] = await owner.query(REFERRING, [name]);
    const isKept = await undone(own, (runner) => keepsRow(runner, name, referring)).catch((error) =>
      refuse(owner, name, error),
    );
    const keepers = isKept ? await silentKeepers(owner, name) : [];
    if (keepers.length > 0)
      throw new MigrationConflictError(
        `Nothing was removed: rows of ${name} stay although they are deleted, by ${describeKeepers(keepers)}`,
      );
  }
}

/** A policy of the application can hide rows from their own tenant: the purge would not find them. */
async function refuseHiddenRows(
  own: DataSource,
  owner: DataSource,
  table: string,
  tenant: Tenant,
): Promise<void> {
  const policies = await hidingPolicies(owner, table);
  if (policies.length === 0) return;
  const all = await undone(owner, async (runner) => {
    await runner.query(
      `set local lock_timeout = ${LOCK_TIMEOUT_MS}; set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    );
    // Row-level security that is not forced does not hold the owner of a table (manual, 5.9). Others wait for the lock until then.
    const [login]: { bypasses: boolean }[] = await runner.query(BYPASSES);
    if (!login?.bypasses) await runner.query(`alter table ${table} no force row level security`);
    return countOf(runner, `${table} where tenant_id = '${tenant.id}'`);
  }).catch((error) => {
    // The owner may not know then; the key to the catalog keeps the tenant's row in the end.
    if (isTransientLockError(error) || sqlStateOf(error) === QUERY_CANCELED) return undefined;
    throw error;
  });
  if (all === undefined || all === (await countOf(own, table))) return;
  throw new MigrationConflictError(
    `Nothing was removed: rows of ${table} are hidden from the tenant that they belong to, by ${describeKeepers(policies)}`,
  );
}

async function countOf(reader: Pick<DataSource, 'query'>, what: string): Promise<string | undefined> {
  const [row]: { count: string }[] = await reader.query(`select count(*)::text as count from ${what}`);
  return row?.count;
}

/** @throws what PostgreSQL answers to the deletion. @returns whether there is a row that is still there. */
async function keepsRow(
  runner: QueryRunner,
  table: string,
  referring: readonly ReferringColumns[],
): Promise<boolean> {
  // Publications are asked whether there are rows or not.
  await runner.query(`delete from ${table} where ctid = '(4294967295,65535)'`);
  const unreferred = referring.map(
    ({ table: other, columns, referred }) =>
      `and not exists (select from ${other} c where ${columns
        .map((column, place) => `c.${quote(column)} = t.${quote(referred[place] ?? '')}`)
        .join(' and ')})`,
  );
  const rows = (condition: string): Promise<RowPlace[]> =>
    runner.query(
      `select t.ctid::text as place, t.tableoid::text as part from ${table} t ${condition} limit 1`,
    );
  const [free] = await rows(`where true ${unreferred.join(' ')}`);
  if (free) return !(await isDeleted(runner, table, free));
  const [referred] = await rows('');
  // What the trial answers for a row that others refer to may be about these, which the purge removes first.
  return referred !== undefined && !(await isDeleted(runner, table, referred).catch(() => true));
}

async function isDeleted(runner: QueryRunner, table: string, { place, part }: RowPlace): Promise<boolean> {
  const [, deleted]: [unknown, number] = await runner.query(
    `delete from ${table} where ctid = $1::tid and tableoid = $2::oid`,
    [place, part],
  );
  return deleted > 0;
}

/** @throws {MigrationConflictError} for what would be so in the purge too. */
async function refuse(owner: DataSource, table: string, error: unknown): Promise<false> {
  const known = await keptRowsError(owner, table, error, 'Nothing was removed');
  if (known) throw known;
  // An order of references that the purge keeps to, or somebody at work on the row.
  if (sqlStateOf(error)?.startsWith('23') || isTransientLockError(error)) return false;
  throw error;
}

/** The error for rows that could not be deleted; `undefined` where nothing is known of its cause. */
export async function keptRowsError(
  owner: DataSource,
  table: string,
  error: unknown,
  state: string,
): Promise<MigrationConflictError | undefined> {
  const keepers = await keepersBehind(owner, table, error);
  if (keepers.length === 0) return undefined;
  return new MigrationConflictError(
    `${state}: rows of ${table} cannot be deleted (${messageOf(error)}), because of ${describeKeepers(keepers)}`,
    error,
  );
}

async function undone<T>(source: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction();
    return await work(runner);
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    await runner.release();
  }
}
