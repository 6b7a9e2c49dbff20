import type { CatalogStep } from './catalog-step.js';

// Records of usage, for billing. Each names a tenant, a meter and an hour; a later count of that hour makes another revision. All are
// written by `write_usage`, under the lock of `usage_head`, so that `seq` grows in the order in which they are committed and whoever
// reads on after a number misses none. A record counts for the month of its hour, or for the first one after it that is not closed.
//
// `is_recorded` of a row of counts is false from when it changes until a record has what it says. Counts are flagged only where some app
// has begun with usage: `usage_head.since`.
export const usage: CatalogStep = {
  version: 29,
  name: 'records of usage, for billing',
  sql: `
alter table rowhouse.metric_hours add column is_recorded pg_catalog.bool not null default true;
-- What instances of the release before add from now on.
alter table rowhouse.metric_hours alter column is_recorded set default false;
create index metric_hours_unrecorded_idx on rowhouse.metric_hours (time, tenant_id) where not is_recorded;

create table rowhouse.usage_counts (
  tenant_id   pg_catalog.uuid not null,
  meter       pg_catalog.text collate pg_catalog."C" not null,
  hour        timestamp with time zone not null,
  quantity    pg_catalog.numeric not null,
  is_recorded pg_catalog.bool not null default false,
  constraint usage_counts_pkey primary key (tenant_id, meter, hour)
) with (fillfactor = 70);
create index usage_counts_hour_idx on rowhouse.usage_counts (hour);
create index usage_counts_unrecorded_idx on rowhouse.usage_counts (hour, tenant_id) where not is_recorded;

create table rowhouse.usage_meters (
  name pg_catalog.text collate pg_catalog."C" constraint usage_meters_pkey primary key,
  unit pg_catalog.text not null
);

create table rowhouse.usage_head (
  is_head pg_catalog.bool default true constraint usage_head_pkey primary key
          constraint usage_head_is_head_check check (is_head),
  seq     pg_catalog.int8 not null,
  since   timestamp with time zone
);
insert into rowhouse.usage_head (seq) values (0);

create table rowhouse.usage_records (
  seq         pg_catalog.int8 constraint usage_records_pkey primary key,
  tenant_id   pg_catalog.uuid not null,
  tenant_slug pg_catalog.text collate pg_catalog."C",
  tenant_plan pg_catalog.text collate pg_catalog."C",
  meter       pg_catalog.text collate pg_catalog."C" not null,
  hour        timestamp with time zone not null,
  revision    pg_catalog.int4 not null,
  quantity    pg_catalog.numeric not null,
  change      pg_catalog.numeric not null,
  month       pg_catalog.date not null,
  recorded_at timestamp (3) with time zone not null default pg_catalog.now(),
  constraint usage_records_revision_key unique (tenant_id, meter, hour, revision)
);
create index usage_records_hour_idx on rowhouse.usage_records (hour);
create index usage_records_month_idx on rowhouse.usage_records (month, tenant_id, meter);

create table rowhouse.usage_totals (
  month       pg_catalog.date not null,
  tenant_id   pg_catalog.uuid not null,
  tenant_slug pg_catalog.text collate pg_catalog."C",
  tenant_plan pg_catalog.text collate pg_catalog."C",
  meter       pg_catalog.text collate pg_catalog."C" not null,
  quantity    pg_catalog.numeric not null,
  constraint usage_totals_pkey primary key (month, tenant_id, meter)
);

create table rowhouse.usage_closes (
  month         pg_catalog.date constraint usage_closes_pkey primary key,
  closed_at     timestamp (3) with time zone not null default pg_catalog.now(),
  closed_by     pg_catalog.jsonb,
  totals        pg_catalog.int8 not null,
  previous_hash pg_catalog.bytea not null,
  hash          pg_catalog.bytea not null
);

create table rowhouse.usage_sinks (
  name            pg_catalog.text collate pg_catalog."C" constraint usage_sinks_pkey primary key,
  seq             pg_catalog.int8 not null,
  batch_end       pg_catalog.int8,
  lease           pg_catalog.uuid,
  attempts        pg_catalog.int4 not null default 0,
  next_attempt_at timestamp (3) with time zone not null default pg_catalog.now(),
  attempted_at    timestamp (3) with time zone,
  failure         pg_catalog.text
);

create function rowhouse.refuse_usage_change() returns pg_catalog.trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  raise exception 'records of usage, and closed months, are never changed' using errcode = 'insufficient_privilege';
end $body$;

create function rowhouse.require_open_month() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  if exists (select from rowhouse.usage_closes c where c.month >= new.month) then
    raise exception 'the month % is closed', to_char(new.month, 'YYYY-MM') using errcode = 'insufficient_privilege';
  end if;
  return new;
end $body$;

create trigger usage_records_open before insert on rowhouse.usage_records
  for each row execute function rowhouse.require_open_month();
create trigger usage_totals_open before insert on rowhouse.usage_totals
  for each row execute function rowhouse.require_open_month();
create trigger usage_records_no_change before update or delete on rowhouse.usage_records
  for each row execute function rowhouse.refuse_usage_change();
create trigger usage_records_no_truncate before truncate on rowhouse.usage_records
  for each statement execute function rowhouse.refuse_usage_change();
create trigger usage_totals_no_change before update or delete on rowhouse.usage_totals
  for each row execute function rowhouse.refuse_usage_change();
create trigger usage_totals_no_truncate before truncate on rowhouse.usage_totals
  for each statement execute function rowhouse.refuse_usage_change();
create trigger usage_closes_no_change before update or delete on rowhouse.usage_closes
  for each row execute function rowhouse.refuse_usage_change();
create trigger usage_closes_no_truncate before truncate on rowhouse.usage_closes
  for each statement execute function rowhouse.refuse_usage_change();

create type rowhouse.usage_count as (
  tenant_id pg_catalog.uuid, meter pg_catalog.text, hour timestamp with time zone, quantity pg_catalog.numeric);

create function rowhouse.begin_usage(at timestamp with time zone) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  update rowhouse.usage_head set since = date_trunc('hour', at, 'UTC') where since is null;
  if not found then return; end if;
  -- In the order of flushes, which may be under way.
  with found as materialized (
    select h.tenant_id, h.time from rowhouse.metric_hours h where h.time >= date_trunc('hour', at, 'UTC')
     order by h.tenant_id, h.time for update)
  update rowhouse.metric_hours h set is_recorded = false from found f where h.tenant_id = f.tenant_id and h.time = f.time;
end $body$;

create function rowhouse.counts_of_hour(h rowhouse.metric_hours) returns setof rowhouse.usage_count
language sql immutable set search_path = pg_catalog, pg_temp as $body$
  select h.tenant_id, m.meter, h.time, m.quantity
    from (values
      ('requests', (h.responses_2xx + h.responses_3xx + h.responses_4xx + h.responses_5xx + h.aborted)::numeric),
      ('statements', h.statements::numeric), ('databaseMs', trim_scale(h.database_us / 1000::numeric)), ('rows', h.rows::numeric)
    ) as m (meter, quantity)
$body$;

create function rowhouse.write_usage(
  counts rowhouse.usage_count[], known_slug pg_catalog.text default null, known_plan pg_catalog.text default null)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare
  head rowhouse.usage_head;
  first_open date;
  written int8;
begin
  select * into strict head from rowhouse.usage_head for update;
  first_open := (select max(c.month) + interval '1 month' from rowhouse.usage_closes c);
  insert into rowhouse.usage_records (seq, tenant_id, tenant_slug, tenant_plan, meter, hour, revision, quantity, change, month)
    select head.seq + row_number() over (order by c.hour, c.tenant_id, c.meter), c.tenant_id,
           coalesce(known_slug, t.slug), coalesce(known_plan, t.plan), c.meter, c.hour, coalesce(r.revision, 0) + 1, c.quantity, c.quantity - coalesce(r.quantity, 0),
           greatest(date_trunc('month', timezone('UTC', c.hour))::date, first_open)
      from unnest(counts) c
      left join rowhouse.tenants t on t.id = c.tenant_id
      left join lateral (
        select u.revision, u.quantity from rowhouse.usage_records u
         where u.tenant_id = c.tenant_id and u.meter = c.meter and u.hour = c.hour order by u.revision desc limit 1) r on true
     where c.hour >= head.since and c.quantity > coalesce(r.quantity, 0);
  get diagnostics written = row_count;
  if written = 0 then return; end if;
  update rowhouse.usage_head set seq = head.seq + written;
  perform pg_notify('rowhouse_usage', '');
end $body$;

create function rowhouse.record_usage(before timestamp with time zone, most pg_catalog.int4)
returns pg_catalog.int8 language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare
  counts rowhouse.usage_count[];
  taken int8;
begin
  perform from rowhouse.usage_head for update;
  -- What a flush is adding to is taken the next time. Nobody waits, so nobody waits in a circle.
  with due_hours as materialized (
    select d.tenant_id, d.time from rowhouse.metric_hours d
     where not d.is_recorded and d.time <= before - interval '1 hour' order by d.time, d.tenant_id limit most for update skip locked),
  hours as (
    update rowhouse.metric_hours h set is_recorded = true from due_hours d where h.tenant_id = d.tenant_id and h.time = d.time
    returning h.*),
  due_counts as materialized (
    select d.tenant_id, d.meter, d.hour from rowhouse.usage_counts d
     where not d.is_recorded and d.hour <= before - interval '1 hour'
       and (d.meter <> 'storageByteHours' or not exists (
         select from rowhouse.metric_storage s where s.tenant_id = d.tenant_id and s.measured_at < d.hour + interval '1 hour'))
     order by d.hour, d.tenant_id limit most for update skip locked),
  given as (
    update rowhouse.usage_counts c set is_recorded = true from due_counts d
     where c.tenant_id = d.tenant_id and c.meter = d.meter and c.hour = d.hour
    returning c.tenant_id, c.meter, c.hour, c.quantity),
  found as (
    select row(c.*)::rowhouse.usage_count as count from hours h, rowhouse.counts_of_hour(row(h.*)::rowhouse.metric_hours) c
     where h.tenant_id not in ('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    union all select row(g.*)::rowhouse.usage_count from given g)
  select array(select f.count from found f), (select count(*) from hours) + (select count(*) from given) into counts, taken;
  perform rowhouse.write_usage(counts);
  return taken;
end $body$;

create or replace function rowhouse.drop_metrics_of(tenants pg_catalog.uuid[]) returns void
language sql
begin atomic
  delete from rowhouse.metric_totals where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_minutes where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_hours where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_users where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_slow_statements where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_storage where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.usage_counts where tenant_id operator(pg_catalog.=) any (tenants);
end;

create or replace function rowhouse.drop_metrics_of_tenant() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  insert into rowhouse.metric_purged (tenant_id) values (old.id) on conflict do nothing;
  -- The last records of a tenant, before what they are made of goes; they stay.
  if exists (select from rowhouse.usage_head h where h.since is not null for update) then
    perform rowhouse.write_usage(array(
      select row(c.*)::rowhouse.usage_count from rowhouse.metric_hours h, rowhouse.counts_of_hour(h) c where h.tenant_id = old.id
      union all
      select row(c.tenant_id, c.meter, c.hour, c.quantity)::rowhouse.usage_count from rowhouse.usage_counts c where c.tenant_id = old.id),
      old.slug, old.plan);
  end if;
  perform rowhouse.drop_metrics_of(array[old.id]);
  return null;
end $body$;

revoke all on function rowhouse.refuse_usage_change, rowhouse.require_open_month, rowhouse.begin_usage, rowhouse.counts_of_hour,
  rowhouse.write_usage, rowhouse.record_usage from public;
`,
};
