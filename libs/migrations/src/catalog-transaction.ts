import type { ScriptStatement } from '@rowhouse/core';
import type pg from 'pg';

/** Runs `work` in one transaction of the catalog. */
export async function inTransaction<T>(
  catalog: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await catalog.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // The connection may be what failed: PostgreSQL rolls back when it is closed.
    client.release(true);
    throw error;
  }
}

/** Runs statements one after the other. */
export async function runEach(
  client: Pick<pg.ClientBase, 'query'>,
  script: readonly ScriptStatement[],
): Promise<void> {
  for (const { text, values } of script) await client.query(text, [...(values ?? [])]);
}

/**
 * Runs `work` while this process alone holds a lock; it goes with the connection, so with the process too.
 *
 * @returns `undefined`, without running anything, when another one holds it.
 */
export async function whileLocked<T>(
  catalog: pg.Pool,
  key: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  const client = await catalog.connect();
  let isHeld = false;
  try {
    const { rows } = await client.query<{ held: boolean }>(
      'select pg_catalog.pg_try_advisory_lock($1) as held',
      [key],
    );
    isHeld = rows[0]?.held === true;
    return isHeld ? { result: await work() } : undefined;
  } finally {
    // Closed rather than unlocked: nothing can be left on it.
    client.release(isHeld);
  }
}

/** Keys of those locks that somebody holds now. */
export async function heldLocks(catalog: pg.Pool, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  // A lock by one bigint shows as its two halves (manual, 53.12 pg_locks).
  const { rows } = await catalog.query<{ key: string }>(
    `select k.key from unnest($1::bigint[]) as k(key)
      where exists (select from pg_catalog.pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
          and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
          and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295)`,
    [keys],
  );
  return new Set(rows.map(({ key }) => key));
}
