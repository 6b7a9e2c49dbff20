import type { CatalogStep } from './catalog-step.js';

// Counted by functions, so that a login of the application needs no privilege on the table. A crash of the server empties it.
export const rates: CatalogStep = {
  version: 25,
  name: 'windows of rates',
  sql: `
create unlogged table rowhouse.rate_windows (
  key     pg_catalog.text collate pg_catalog."C" constraint rate_windows_pkey primary key,
  used    pg_catalog.int4 not null,
  ends_at timestamp with time zone not null
) with (fillfactor = 50);

create function rowhouse.take_rates(keys pg_catalog.text[], limits pg_catalog.int4[], seconds pg_catalog.int4[])
returns table (used pg_catalog.int4, reset_ms pg_catalog.int4)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  counts int4[] := '{}';
  ends timestamptz[] := '{}';
  is_refused bool := false;
  counted int4;
  ending timestamptz;
begin
  for i in 1 .. cardinality(keys) loop
    insert into rowhouse.rate_windows as w (key, used, ends_at)
      values (keys[i], 1, clock_timestamp() + make_interval(secs => seconds[i]))
      on conflict (key) do update set
        used = case when w.ends_at <= excluded.ends_at - make_interval(secs => seconds[i]) then 1 else w.used + 1 end,
        ends_at = case when w.ends_at <= excluded.ends_at - make_interval(secs => seconds[i]) then excluded.ends_at else w.ends_at end
      returning w.used, w.ends_at into counted, ending;
    counts := counts || counted;
    ends := ends || ending;
    is_refused := is_refused or counted > limits[i];
  end loop;
  if is_refused then
    update rowhouse.rate_windows w set used = w.used - 1 where w.key = any (keys);
  end if;
  return query
    select case when is_refused and c.counted <= limits[c.at] then c.counted - 1 else c.counted end,
           greatest(0, ceil(extract(epoch from ends[c.at] - clock_timestamp()) * 1000))::int4
      from unnest(counts) with ordinality c(counted, at) order by c.at;
end $body$;
revoke all on function rowhouse.take_rates from public;

create function rowhouse.drop_ended_rates() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  delete from rowhouse.rate_windows w where w.key = any (array(
    select e.key from rowhouse.rate_windows e where e.ends_at < now() limit 10000 for update skip locked));
end $body$;
revoke all on function rowhouse.drop_ended_rates from public;

do $do$
declare app pg_catalog.text;
begin
  for app in
    select g.rolname from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
      join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) a.grantee
     where n.nspname operator(pg_catalog.=) 'rowhouse' and g.rolname operator(pg_catalog.~) '_app$'
  loop
    execute pg_catalog.format('grant execute on function rowhouse.take_rates, rowhouse.drop_ended_rates to %I', app);
  end loop;
end $do$;
`,
};
