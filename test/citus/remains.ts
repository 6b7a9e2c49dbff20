import type pg from 'pg';
import { sentences } from '../kill/agreement.js';
import { type CitusDatabase, onDatabase } from '../support/citus-database.js';
import { until } from '../support/until.js';

/** What Citus does by itself every some seconds. A new connection knows nothing of workers that were away. */
function cleanUp(url: string): Promise<unknown> {
  return onDatabase(url, async (coordinator) => {
    await until(async () => {
      await coordinator.query('call citus_cleanup_orphaned_resources()');
      return (await coordinator.query('select from pg_dist_cleanup')).rowCount === 0;
    });
    await coordinator.query('select recover_prepared_transactions()');
  });
}

const OF_ANY_NODE = `
  select format('There is a prepared transaction, %s.', gid) from pg_prepared_xacts where database = current_database()
  union all select format('There is a replication slot, %s.', slot_name) from pg_replication_slots where database = current_database()
  union all select format('There is a subscription, %s.', subname) from pg_subscription s join pg_database d on d.oid = s.subdbid
   where d.datname = current_database()
  union all select format('There is a publication, %s.', pubname) from pg_publication`;

const OF_WORKER = `
  select format('There is a shard of nobody''s, %s.', c.oid::regclass) from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and n.nspname !~ '^pg_' and c.relname ~ '_[0-9]{6,}$' and not exists (
     select from pg_dist_placement p join pg_dist_local_group using (groupid)
      where p.shardid = substring(c.relname from '[0-9]+$')::bigint)
  union all select format('There is a schema of nobody''s, %s.', nspname) from pg_namespace
   where nspname ~ '^(tenant|rowhouse_prewarmed)_' and nspname <> all ($1)
  union all select format('A role is missing, or nobody''s: %s.', name) from (
     select rolname::text as name from pg_roles where starts_with(rolname::text, $3 || '_')) here
     full join (select unnest($2::text[]) as name) there using (name) where here.name is null or there.name is null`;

/** What is left behind on a cluster after Citus has cleaned up. @param prefix - of the deployment's roles. */
export async function remainsOn(
  coordinator: pg.Pool,
  { url, workerUrls }: CitusDatabase,
  prefix: string,
): Promise<readonly string[]> {
  await cleanUp(url);
  const found = [...(await sentences(coordinator, OF_ANY_NODE))];
  const schemas = await sentences(coordinator, 'select nspname from pg_namespace');
  const roles = await sentences(
    coordinator,
    `select rolname from pg_roles where starts_with(rolname::text, $1 || '_')`,
    [prefix],
  );
  found.push(
    ...(await sentences(
      coordinator,
      `select format('The lock %s is held.', name) from rowhouse.locks where rowhouse.is_held(pid, started)
       union all select format('%s may log in on the coordinator.', rolname) from pg_roles where rolcanlogin and starts_with(rolname::text, $1 || '_')`,
      [prefix],
    )),
  );
  for (const workerUrl of workerUrls)
    found.push(
      ...(await onDatabase(workerUrl, async (worker) => {
        // Citus hides shards.
        await worker.query('set citus.override_table_visibility = off');
        return [
          ...(await sentences(worker, OF_ANY_NODE)),
          ...(await sentences(worker, OF_WORKER, [schemas, roles, prefix])),
        ];
      })),
    );
  return found;
}
