import type { CatalogStep } from './catalog-step.js';

const METERS = [
  'responses_2xx',
  'responses_3xx',
  'responses_4xx',
  'responses_5xx',
  'aborted',
  'request_us',
  'statements',
  'failed_statements',
  'slow_statements',
  'database_us',
  'rows',
  'pool_waits',
  'pool_wait_us',
  'pool_exhausted',
]
  .map((meter) => `  ${meter} pg_catalog.int8 not null,`)
  .join('\n');

// Sums that every instance adds to. A tenant may live in a store outside of the catalog, so there is no foreign key. The Nil UUID stands
// for what belongs to no tenant, the Max UUID (RFC 9562) for all there is.
//
// A flush is applied once: whoever sends its number again changes nothing. What a tenant did in its last moments may be flushed after
// its purge; until all such flushes are over, its id stands in metric_purged.
export const metrics: CatalogStep = {
  version: 26,
  name: 'metrics of tenants',
  sql: `
create table rowhouse.metric_flushes (
  instance pg_catalog.uuid constraint metric_flushes_pkey primary key,
  seq      pg_catalog.int8 not null,
  at       timestamp with time zone not null default pg_catalog.now()
);

create table rowhouse.metric_totals (
  tenant_id pg_catalog.uuid constraint metric_totals_pkey primary key,
${METERS}
  latency   pg_catalog.int8[] not null,
  since     timestamp with time zone not null default pg_catalog.now()
) with (fillfactor = 70);

create table rowhouse.metric_minutes (
  tenant_id pg_catalog.uuid not null,
  time      timestamp with time zone not null,
${METERS}
  latency   pg_catalog.int8[] not null,
  constraint metric_minutes_pkey primary key (tenant_id, time)
) with (fillfactor = 70);
create index metric_minutes_time_idx on rowhouse.metric_minutes (time);

create table rowhouse.metric_hours (
  tenant_id pg_catalog.uuid not null,
  time      timestamp with time zone not null,
${METERS}
  latency   pg_catalog.int8[] not null,
  constraint metric_hours_pkey primary key (tenant_id, time)
) with (fillfactor = 70);
create index metric_hours_time_idx on rowhouse.metric_hours (time);

create table rowhouse.metric_users (
  tenant_id pg_catalog.uuid not null,
  day       pg_catalog.date not null,
  hashes    pg_catalog.int8[] not null,
  constraint metric_users_pkey primary key (tenant_id, day)
);
create index metric_users_day_idx on rowhouse.metric_users (day);

create table rowhouse.metric_slow_statements (
  tenant_id pg_catalog.uuid not null,
  id        pg_catalog.text collate pg_catalog."C" not null,
  shape     pg_catalog.text,
  calls     pg_catalog.int8 not null,
  total_us  pg_catalog.int8 not null,
  max_us    pg_catalog.int8 not null,
  rows      pg_catalog.int8 not null,
  first_at  timestamp with time zone not null default pg_catalog.now(),
  last_at   timestamp with time zone not null default pg_catalog.now(),
  constraint metric_slow_statements_pkey primary key (tenant_id, id)
);
create index metric_slow_statements_last_at_idx on rowhouse.metric_slow_statements (last_at);

create table rowhouse.metric_storage (
  tenant_id   pg_catalog.uuid constraint metric_storage_pkey primary key,
  table_bytes pg_catalog.int8 not null,
  index_bytes pg_catalog.int8 not null,
  toast_bytes pg_catalog.int8 not null,
  measured_at timestamp with time zone not null default pg_catalog.now()
);

create table rowhouse.metric_purged (
  tenant_id pg_catalog.uuid constraint metric_purged_pkey primary key,
  at        timestamp with time zone not null default pg_catalog.now()
);

create function rowhouse.add_arrays(a pg_catalog.int8[], b pg_catalog.int8[]) returns pg_catalog.int8[]
language sql immutable parallel safe
begin atomic
  select array(
    select coalesce(u.x, 0) operator(pg_catalog.+) coalesce(u.y, 0)
      from rows from (pg_catalog.unnest(a), pg_catalog.unnest(b)) with ordinality as u (x, y, n) order by u.n);
end;
revoke all on function rowhouse.add_arrays from public;

create function rowhouse.smallest_of(a pg_catalog.int8[], b pg_catalog.int8[], most pg_catalog.int4) returns pg_catalog.int8[]
language sql immutable parallel safe
begin atomic
  select array(
    select u.x from pg_catalog.unnest(a operator(pg_catalog.||) b) as u (x) group by u.x order by u.x limit most);
end;
revoke all on function rowhouse.smallest_of from public;

create function rowhouse.drop_metrics_of(tenants pg_catalog.uuid[]) returns void
language sql
begin atomic
  delete from rowhouse.metric_totals where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_minutes where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_hours where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_users where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_slow_statements where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_storage where tenant_id operator(pg_catalog.=) any (tenants);
end;
revoke all on function rowhouse.drop_metrics_of from public;

create function rowhouse.drop_metrics_of_tenant() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  insert into rowhouse.metric_purged (tenant_id) values (old.id) on conflict do nothing;
  perform rowhouse.drop_metrics_of(array[old.id]);
  return null;
end $body$;
revoke all on function rowhouse.drop_metrics_of_tenant from public;
create trigger tenants_metrics after delete on rowhouse.tenants
  for each row execute function rowhouse.drop_metrics_of_tenant();
`,
};
