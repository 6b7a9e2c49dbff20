import { deferForeignKeys } from './deferred-foreign-keys.js';
import { type Client, type HomeTable, nameOf } from './tables.js';
import { disableTriggers, enableTriggers, triggersOf } from './triggers.js';

/**
 * In the order in which they were made, which is that of what they read. What is in a schema is found by what depends on it: there is
 * an index for that.
 */
const MATERIALIZED_VIEWS = `
  select c.oid::pg_catalog.regclass::text as name from pg_catalog.pg_class c
   where c.relkind = 'm' and c.relispopulated
     and c.oid in (
       select d.objid from pg_catalog.pg_depend d
        where d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.refobjid in (select r.relnamespace from pg_catalog.pg_class r where r.oid = any ($1::pg_catalog.regclass[])))
   order by c.oid`;

/**
 * From now on rows are written to the tables, which no other tenant has, as they are: triggers do not run, and foreign keys between
 * them hold nothing, so that rows may come in any order.
 *
 * @returns what ends this, and checks all rows.
 */
export async function suspendChecks(
  client: Client,
  tables: readonly HomeTable[],
): Promise<() => Promise<void>> {
  const triggers = await triggersOf(client, tables);
  await setForced(client, tables, 'no force');
  const restoreForeignKeys = await deferForeignKeys(client, tables, 'into');
  await disableTriggers(client, triggers);
  return async () => {
    await restoreForeignKeys();
    await enableTriggers(client, triggers);
    const { rows: views } = await client.query<{ name: string }>(MATERIALIZED_VIEWS, [tables.map(nameOf)]);
    for (const { name } of views) await client.query(`refresh materialized view ${name}`);
    await setForced(client, tables, 'force');
  };
}

/** COPY writes to no table whose policies bind who writes (manual, COPY). */
async function setForced(
  client: Client,
  tables: readonly HomeTable[],
  forced: 'force' | 'no force',
): Promise<void> {
  for (const table of tables)
    if (table.isForced) await client.query(`alter table ${nameOf(table)} ${forced} row level security`);
}
