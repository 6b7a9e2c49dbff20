import type { Catalog, Tenant, TenantStore } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/nestjs';
import { byDatabase } from './by-database.js';
import { FileCounts } from './file-counts.js';
import { inReadOnly, type Pool } from './read-only.js';

/** Tenants of one query, at most those of one page of a store. */
const TENANTS_PER_QUERY = 1_000;

const SIZES = `select n.nspname::pg_catalog.text as schema,
    coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(c.oid)) filter (where c.relkind in ('r', 'm')), 0) as tables,
    coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(c.oid)) filter (where c.relkind = 'i'), 0) as indexes,
    coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.reltoastrelid)) filter (where c.relkind in ('r', 'm') and c.reltoastrelid <> 0), 0) as toast
  from pg_catalog.pg_namespace n join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'm', 'i')
 where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
   and ($1::pg_catalog.text[] is null or n.nspname::pg_catalog.text = any ($1))
 group by 1`;

/**
 * Before a size is replaced, the hours that it was true for get their part of it; at most a day of them, should nobody have measured for
 * longer. The new sizes ask how many rows `before` has, so that it is read before they replace them.
 */
const WRITE = `with before as materialized (
    select s.tenant_id, s.table_bytes + s.index_bytes + s.toast_bytes as bytes,
           greatest(s.measured_at, h.since, pg_catalog.now() - interval '1 day') as since
      from rowhouse.metric_storage s, rowhouse.usage_head h where s.tenant_id = any ($1::pg_catalog.uuid[]) and h.since is not null
     order by s.tenant_id for update of s),
  byte_hours as (
    insert into rowhouse.usage_counts as t (tenant_id, meter, hour, quantity)
    select b.tenant_id, 'storageByteHours', u.hour, pg_catalog.round(b.bytes * extract(epoch from
             least(u.hour + interval '1 hour', pg_catalog.now()) - greatest(u.hour, b.since)) / 3600, 3)
      from before b, pg_catalog.generate_series(pg_catalog.date_trunc('hour', b.since, 'UTC'), pg_catalog.now(), interval '1 hour') as u (hour)
     where b.bytes > 0 and b.since < pg_catalog.now() and u.hour < pg_catalog.now()
       and not exists (select from rowhouse.metric_purged p where p.tenant_id = b.tenant_id)
     order by b.tenant_id, u.hour
    on conflict (tenant_id, meter, hour) do update set quantity = t.quantity + excluded.quantity, is_recorded = false)
  insert into rowhouse.metric_storage as t (tenant_id, table_bytes, index_bytes, toast_bytes)
  select g.* from rows from (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.int8[]),
    pg_catalog.unnest($3::pg_catalog.int8[]), pg_catalog.unnest($4::pg_catalog.int8[])) as g (tenant_id, table_bytes, index_bytes, toast_bytes)
   where not exists (select from rowhouse.metric_purged p where p.tenant_id = g.tenant_id)
     and (select pg_catalog.count(*) from before) >= 0
   order by g.tenant_id
  on conflict (tenant_id) do update set table_bytes = excluded.table_bytes, index_bytes = excluded.index_bytes,
    toast_bytes = excluded.toast_bytes, measured_at = pg_catalog.now()`;

interface SizesRow {
  readonly schema: string;
  readonly tables: string;
  readonly indexes: string;
  readonly toast: string;
}

interface Size {
  readonly tenantId: string;
  readonly tables: number;
  readonly indexes: number;
  readonly toast: number;
}

export interface MeasureStorageOptions {
  readonly catalog: Pick<Catalog, 'query'>;
  readonly store: TenantStore;
  readonly registry: DataSourceRegistry;
  readonly signal: AbortSignal;
  /** Called for tenants that could not be measured now. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Measures what the tables of tenants take on disk, and counts their files: one query for a thousand tenants with schemas in a database, and one for each
 * database of a tenant's own. Tenants with isolation `row` share their tables; what part of them is theirs no size says, so they have none.
 */
export async function measureStorage(options: MeasureStorageOptions): Promise<void> {
  const { catalog, store, registry, signal, onProblem } = options;
  const files = new FileCounts({ catalog, registry, signal, onProblem });
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor, limit: TENANTS_PER_QUERY });
    cursor = page.next;
    const owned = page.tenants.filter(({ isolation }) => isolation === 'database');
    const sizes: Size[] = [];
    for (const together of byDatabase(page.tenants, 'schema')) {
      if (signal.aborted) return;
      try {
        sizes.push(...(await sizesOfSchemas(await registry.directPoolFor(together[0]), together)));
      } catch (error) {
        onProblem(error);
      }
    }
    for (const tenant of owned) {
      if (signal.aborted) return;
      try {
        sizes.push(sizeOf(tenant, await inReadOnly(await registry.directPoolFor(tenant), SIZES, [null])));
      } catch (error) {
        onProblem(error);
      }
    }
    const columns = [
      sizes.map(({ tenantId }) => tenantId),
      sizes.map(({ tables }) => tables),
      sizes.map(({ indexes }) => indexes),
      sizes.map(({ toast }) => toast),
    ];
    if (sizes.length > 0) await catalog.query(WRITE, columns);
    await files.measure(page.tenants);
  } while (cursor !== undefined && !signal.aborted);
}

async function sizesOfSchemas(pool: Pool, tenants: readonly Tenant[]): Promise<Size[]> {
  const rows = await inReadOnly<SizesRow>(pool, SIZES, [tenants.map(({ schema }) => schema)]);
  const bySchema = new Map(rows.map((row) => [row.schema, row]));
  return tenants.map((tenant) =>
    sizeOf(
      tenant,
      [bySchema.get(tenant.schema)].filter((row) => row !== undefined),
    ),
  );
}

function sizeOf({ id }: Tenant, rows: readonly SizesRow[]): Size {
  const sum = (part: 'tables' | 'indexes' | 'toast') => rows.reduce((all, row) => all + Number(row[part]), 0);
  return { tenantId: id, tables: sum('tables'), indexes: sum('indexes'), toast: sum('toast') };
}
