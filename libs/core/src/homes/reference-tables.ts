import { TYPEORM_TABLES } from './home-grants.js';
import type { Owner } from './role-statements.js';
import { CARRIES_TENANT_ID } from './row-policies.js';
import { adaptPoliciesToWorkers } from './worker-policies.js';

interface SharedTable {
  readonly name: string;
  /** The tables that it refers to, and that are no reference tables yet. */
  readonly needs: readonly string[];
}

/**
 * The owner's tables in the schemas $1 that all tenants share and that are no reference tables (`repmodel` t) yet. Left out are records of migrations,
 * and tables that rows of tenants refer to: Citus would have to know those, too, and it refuses their policies.
 */
const SHARED_TABLES = `
  select c.oid::pg_catalog.regclass::text as name,
         array(select k.confrelid::pg_catalog.regclass::text from pg_catalog.pg_constraint k
                where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid
                  and not exists (select from pg_catalog.pg_dist_partition p where p.logicalrelid = k.confrelid and p.repmodel = 't')) as needs
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = any($1) and c.relkind = 'r' and not c.relispartition and not c.relname = any($2)
     and pg_catalog.pg_has_role(c.relowner, 'USAGE') and not ${CARRIES_TENANT_ID}
     and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')
     and not exists (select from pg_catalog.pg_dist_partition p where p.logicalrelid = c.oid and p.repmodel = 't')
     and array(select a.attname::text from pg_catalog.pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) <> '{id,timestamp,name}'
     and not exists (select from pg_catalog.pg_constraint k
                       join pg_catalog.pg_class referrer on referrer.oid = k.conrelid
                       join pg_catalog.pg_namespace h on h.oid = referrer.relnamespace and h.nspname = any($1)
                       join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attname = 'tenant_id' and not a.attisdropped
                      where k.confrelid = c.oid and k.contype = 'f')
   order by 1`;

/** Has Citus copy the shared tables to each worker, so that tables of tenants can refer to them. */
export async function makeReferenceTables(owner: Owner, schemas: readonly string[]): Promise<void> {
  // Citus takes in what refers to a table that it copies.
  await adaptPoliciesToWorkers(owner, schemas);
  for (;;) {
    const { rows } = await owner.query<SharedTable>(SHARED_TABLES, [schemas, TYPEORM_TABLES]);
    // Those first that others refer to. What refers to a table that stays, stays too.
    const ready = rows.filter(({ needs }) => needs.length === 0);
    if (ready.length === 0) return;
    for (const { name } of ready)
      await owner.query('select pg_catalog.create_reference_table($1::text::pg_catalog.regclass)', [name]);
  }
}
