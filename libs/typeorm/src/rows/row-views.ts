import type { DataSource, EntityMetadata } from 'typeorm';
import { type Change, tableReference } from './row-security.js';
import { tenantTables } from './tenant-tables.js';

/**
 * The views that read tables with rows of tenants, themselves or by other views, and read them as their owner, whom no
 * policy confines.
 */
const OPEN_VIEWS = `
  with recursive reads (view, relation) as (
    select v.oid, v.oid from unnest($1::text[]) as t (name)
      join pg_catalog.pg_class v on v.oid = pg_catalog.to_regclass(t.name)
    union
    select r.view, d.refobjid from reads r
      join pg_catalog.pg_rewrite w on w.ev_class = r.relation
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
       and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  select t.name from unnest($1::text[]) with ordinality as t (name, place)
    join pg_catalog.pg_class v on v.oid = pg_catalog.to_regclass(t.name) and v.relkind = 'v'
   where not coalesce(v.reloptions && array['security_invoker=true', 'security_invoker=on'], false)
     and exists (select from reads r where r.view = v.oid
                    and r.relation in (select pg_catalog.to_regclass(u.name) from unnest($2::text[]) as u (name)))
   order by t.place`;

/** Makes each view of an entity that reads rows of tenants read them as whoever asks, so that the policies hold there too. */
export async function findOpenViews(dataSource: DataSource): Promise<readonly Change[]> {
  const views = dataSource.entityMetadatas.filter(({ tableType }) => tableType === 'view');
  if (views.length === 0) return [];
  const rows: { name: string }[] = await dataSource.query(OPEN_VIEWS, [
    views.map((view) => referenceOf(dataSource, view)),
    tenantTables(dataSource).map(tableReference),
  ]);
  return rows.map(({ name }) => ({
    up: `alter view ${name} set (security_invoker = true)`,
    down: `alter view ${name} reset (security_invoker)`,
  }));
}

function referenceOf({ options }: DataSource, { tableName: name, schema }: EntityMetadata): string {
  const ofDataSource = (options as { schema?: string }).schema;
  return tableReference({ name, schema: schema === ofDataSource ? undefined : schema });
}
