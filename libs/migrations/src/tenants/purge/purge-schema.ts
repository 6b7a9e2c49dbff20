import type { Tenant } from '@rowhouse/core';
import { eventTriggersBehind, messageOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSource } from 'typeorm';
import { MigrationConflictError } from '../../errors.js';
import { countLocked } from './count-tables.js';
import type { PurgeTask } from './purge-control.js';

// conparentid = 0: dropping the key of a partitioned table also drops the copies in its partitions.
const FOREIGN_KEYS = `
  select pg_catalog.format('alter table %I.%I drop constraint if exists %I', n.nspname, c.relname, k.conname) as statement
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where k.contype = 'f' and k.conparentid = 0 and n.nspname = $1
   order by k.oid limit $2`;

// Views before the tables they read, partitions and children before their parents, so that CASCADE drops little else.
const RELATIONS = `
  select pg_catalog.format('drop %s if exists %I.%I cascade',
           case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
           n.nspname, c.relname) as statement,
         case when c.relkind in ('r', 'p') then pg_catalog.format('%I.%I', n.nspname, c.relname) end as place, c.relname::text as name
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind in ('v', 'm', 'r', 'p', 'f')
     and not exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid)
     and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e')
   order by c.relkind in ('v', 'm') desc, c.oid desc limit $2`;

/** One relation of each kind; without a limit, `$2`. */
const ONE_OF_EACH = `
  select distinct on (split_part(r.statement, ' if exists ', 1)) r.statement from (${RELATIONS}) r`;

/**
 * Drops one relation of each kind, and rolls back: event triggers decide by their own code what may be dropped.
 *
 * @throws {MigrationConflictError} naming the event trigger that refuses it.
 */
export async function refuseFrozenSchema(registry: DataSourceRegistry, tenant: Tenant): Promise<void> {
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  const found: { statement: string }[] = [
    ...(await owner.query(FOREIGN_KEYS, [tenant.schema, 1])),
    ...(await owner.query(ONE_OF_EACH, [tenant.schema, null])),
  ];
  const runner = owner.createQueryRunner();
  try {
    await runner.startTransaction();
    for (const { statement } of found) await runner.query(statement);
    // The schema itself is not empty yet; event triggers are asked before PostgreSQL looks for it.
    await runner.query('drop schema if exists rowhouse_no_schema');
  } catch (error) {
    throw (await frozenSchemaError(owner, error, 'Nothing was removed')) ?? error;
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    await runner.release();
  }
}

/** The error for an event trigger that refused to have something dropped; `undefined` where none did. */
export async function frozenSchemaError(
  owner: DataSource,
  error: unknown,
  state: string,
): Promise<MigrationConflictError | undefined> {
  const triggers = await eventTriggersBehind((text) => owner.query(text), error);
  if (triggers.length === 0) return undefined;
  const statements = (which: 'disable' | 'enable') => triggers.map((one) => one[which]).join('; ');
  return new MigrationConflictError(
    `${state}: the event trigger ${triggers.map(({ name }) => name).join(', ')} refuses it: ${messageOf(error)}. ` +
      `For the time of the purge, let its owner run: ${statements('disable')}; and after it: ${statements('enable')}`,
    error,
  );
}

/**
 * Drops the relations of a tenant's schema, a few in each transaction. PostgreSQL holds a lock for every dropped object
 * until commit, and its lock table is limited (manual, 20.12 "max_locks_per_transaction").
 */
export async function purgeSchema(
  registry: DataSourceRegistry,
  tenant: Tenant,
  task: PurgeTask,
): Promise<void> {
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  await inBatches(owner, tenant, FOREIGN_KEYS, 'foreignKeys', task);
  await inBatches(owner, tenant, RELATIONS, 'relations', task);
}

interface Removed {
  readonly statement: string;
  /** Of a table: its schema and name, quoted; and its name. */
  readonly place?: string | null;
  readonly name?: string;
}

async function inBatches(
  owner: DataSource,
  { schema }: Tenant,
  findNext: string,
  step: 'foreignKeys' | 'relations',
  task: PurgeTask,
): Promise<void> {
  for (let done = 0; ; task.report(step, done)) {
    task.throwIfAborted();
    const next: Removed[] = await owner.query(findNext, [schema, task.batches.tables]);
    if (next.length === 0) return;
    await owner.transaction(async (manager) => {
      const query = (text: string, values?: unknown[]) => manager.query(text, values);
      for (const { statement, place, name } of next) {
        if (task.isCounting && place && name)
          await task.counted(name, await countLocked(query, place), 'exact');
        await query(statement);
      }
    });
    done += next.length;
  }
}
