import type { Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSource } from 'typeorm';
import type { PurgeCourse } from './purge-control.js';

// The copies of a key in partitions go with the key of the whole table.
const FOREIGN_KEYS = `
  select pg_catalog.format('alter table %I.%I drop constraint if exists %I', n.nspname, c.relname, k.conname) as statement
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where k.contype = 'f' and k.conparentid = 0
     and (select oid from pg_catalog.pg_namespace where nspname = $1)
         in (c.relnamespace, (select r.relnamespace from pg_catalog.pg_class r where r.oid = k.confrelid))
   order by k.oid limit $2`;

// Views before what they read, partitions and heirs before the table above them: what is dropped drags little along.
const RELATIONS = `
  select pg_catalog.format('drop %s if exists %I.%I cascade',
           case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
           n.nspname, c.relname) as statement
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind in ('v', 'm', 'r', 'p', 'f')
     and not exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid)
     and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e')
   order by c.relkind in ('v', 'm') desc, c.oid desc limit $2`;

/**
 * Drops the relations of a tenant's schema, few in each transaction: a lock is held for everything that goes, and the
 * server has room for so many only (manual, 20.12 "max_locks_per_transaction").
 */
export async function purgeSchema(
  registry: DataSourceRegistry,
  tenant: Tenant,
  course: PurgeCourse,
): Promise<void> {
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  await inBatches(owner, tenant, FOREIGN_KEYS, 'foreignKeys', course);
  await inBatches(owner, tenant, RELATIONS, 'relations', course);
}

async function inBatches(
  owner: DataSource,
  { schema }: Tenant,
  findNext: string,
  step: 'foreignKeys' | 'relations',
  course: PurgeCourse,
): Promise<void> {
  for (let done = 0; ; course.report(step, done)) {
    course.throwIfAborted();
    const next: { statement: string }[] = await owner.query(findNext, [schema, course.batches.tables]);
    if (next.length === 0) return;
    await owner.transaction(async ({ queryRunner }) => {
      for (const { statement } of next) await queryRunner?.query(statement);
    });
    done += next.length;
  }
}
