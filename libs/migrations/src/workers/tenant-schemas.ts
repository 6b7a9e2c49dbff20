import type { Catalog, Tenant } from '@rowhouse/core';
import type pg from 'pg';

/** The distributed schema of a tenant. */
export interface PlacedSchema {
  readonly schema: string;
  /** `host:port`. */
  readonly worker: string;
  readonly shards: readonly string[];
}

const PLACED = `
  select n.nspname::text as schema, pg_catalog.min(d.nodename || ':' || d.nodeport) as worker,
         pg_catalog.array_agg(h.shardid::text) as shards
    from pg_catalog.pg_dist_schema s
    join pg_catalog.pg_namespace n on n.oid = s.schemaid
    join pg_catalog.pg_dist_partition p on p.colocationid = s.colocationid
    join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
    join pg_catalog.pg_dist_placement l on l.shardid = h.shardid
    join pg_catalog.pg_dist_node d on d.groupid = l.groupid and d.noderole = 'primary'
   where $1::text[] is null or n.nspname = any ($1)
   group by 1`;

/** Where Citus keeps these schemas, or all. Those on the coordinator, and those without tables, are left out. */
export async function placedSchemas(
  anybody: Pick<pg.ClientBase, 'query'> | Pick<Catalog, 'query'>,
  schemas?: readonly string[],
): Promise<readonly PlacedSchema[]> {
  const { rows } = await anybody.query<PlacedSchema>(PLACED, [schemas ?? null]);
  return rows;
}

/** The worker of each of these tenants whose schema is on one, by its id. One query, for a database of Citus. */
export async function workersOf(
  catalog: Pick<Catalog, 'query'>,
  tenants: readonly Pick<Tenant, 'id' | 'schema' | 'isolation'>[],
): Promise<ReadonlyMap<string, string>> {
  const own = tenants.filter(({ isolation }) => isolation === 'schema');
  if (own.length === 0) return new Map();
  const placed = await placedSchemas(
    catalog,
    own.map(({ schema }) => schema),
  );
  const workers = new Map(placed.map(({ schema, worker }) => [schema, worker]));
  return new Map(
    own.flatMap(({ id, schema }) => {
      const worker = workers.get(schema);
      return worker === undefined ? [] : [[id, worker] as const];
    }),
  );
}
