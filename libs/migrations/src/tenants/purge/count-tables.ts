import type { Tenant } from '@rowhouse/core';
import { sqlStateOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { PurgeTask } from './purge-control.js';

type Query = (text: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;

/** The database is gone, or accepts no connections any more, which is the step before: it was counted then. */
const COUNTED_BEFORE = ['3D000', '55000'];

const TABLES = `
  select pg_catalog.format('%I.%I', n.nspname, c.relname) as place, c.relname::text as name, c.relkind = 'p' as "isPartitioned"
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'rowhouse_jobs')
   order by 1`;

const IS_FORCED =
  'select from pg_catalog.pg_class c where c.oid = $1::pg_catalog.regclass and c.relforcerowsecurity';

/**
 * Locks a table until the end of the transaction, so that what is counted is what is removed with it, and counts its rows.
 *
 * @param place - its schema and name, quoted.
 * @param source - what is counted, where that is not all of it.
 * @returns `null` for a table that cannot be counted: it is removed all the same.
 */
export async function countLocked(query: Query, place: string, source = place): Promise<number | null> {
  await query('savepoint rowhouse_count');
  try {
    await query(`lock table ${place} in access exclusive mode`);
    // Policies that bind its owner would hide rows.
    if ((await query(IS_FORCED, [place])).length > 0)
      await query(`alter table ${place} no force row level security`);
    const [row] = await query(`select count(*)::float8 as count from ${source}`);
    return (row?.['count'] as number | undefined) ?? null;
  } catch {
    await query('rollback to savepoint rowhouse_count');
    return null;
  } finally {
    await query('release savepoint rowhouse_count');
  }
}

/** Counts the rows of a tenant's database, just before it is dropped. */
export async function countDatabase(
  registry: DataSourceRegistry,
  tenant: Tenant,
  task: PurgeTask,
): Promise<void> {
  const client = new pg.Client(await registry.homes.ownerConfigOf(tenant));
  client.on('error', () => {});
  try {
    await client.connect();
    const query: Query = async (text, values) => (await client.query(text, values)).rows;
    for (const { place, name, isPartitioned } of await query(TABLES)) {
      task.throwIfAborted();
      await query('begin');
      // Tables that inherit from it are counted as their own.
      const source = isPartitioned ? `${place}` : `only ${place}`;
      await task.counted(`${name}`, await countLocked(query, `${place}`, source), 'exact');
      await query('rollback');
    }
  } catch (error) {
    if (!COUNTED_BEFORE.includes(sqlStateOf(error) ?? '')) throw error;
  } finally {
    await client.end();
  }
}
