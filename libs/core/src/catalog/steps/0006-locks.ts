import type { CatalogStep } from './catalog-step.js';

// Locks are rows of a table that tenants have no privilege on. The server's advisory locks may be taken by anybody who may
// connect, and pg_locks shows their keys to all.
//
// A lock that lasts longer than a transaction is a row with the session that holds it: process id and start, which together
// are never given twice. It counts while that session is there, so it goes with its process, whatever happens to it. A lock for
// the length of a transaction is a row that the transaction inserts and deletes: until its end nobody else can insert that name.
export const locks: CatalogStep = {
  version: 6,
  name: 'locks',
  sql: `
create table rowhouse.locks (
  name    pg_catalog.text collate pg_catalog."C" constraint locks_pkey primary key,
  pid     pg_catalog.int4 not null,
  started timestamp with time zone not null
);

create function rowhouse.is_held(holder pg_catalog.int4, since timestamp with time zone)
returns pg_catalog.bool language plpgsql as $body$
begin
  -- What was read of other sessions is kept until the end of the transaction otherwise.
  perform pg_catalog.pg_stat_clear_snapshot();
  -- The start of a session is null for those who may not see it; it counts as the same then.
  return exists (
    select from pg_catalog.pg_stat_get_activity(holder) a
     where a.pid operator(pg_catalog.=) holder
       and (a.backend_start is null or a.backend_start operator(pg_catalog.=) since));
end $body$;

create function rowhouse.take_lock(wanted pg_catalog.text) returns pg_catalog.bool language plpgsql as $body$
declare own_start timestamp with time zone;
begin
  select a.backend_start into own_start from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a;
  insert into rowhouse.locks as l (name, pid, started) values (wanted, pg_catalog.pg_backend_pid(), own_start)
    on conflict (name) do update set pid = excluded.pid, started = excluded.started
    where not rowhouse.is_held(l.pid, l.started);
  return found;
end $body$;

create function rowhouse.give_lock_back(held pg_catalog.text) returns void language plpgsql as $body$
begin
  delete from rowhouse.locks l
   where l.name operator(pg_catalog.=) held and l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid();
end $body$;

create function rowhouse.lock_until_commit(wanted pg_catalog.text) returns void language plpgsql as $body$
declare holder rowhouse.locks%rowtype;
begin
  loop
    -- Waits, for no longer than lock_timeout, until no other transaction holds the name.
    insert into rowhouse.locks (name, pid, started) values (wanted, pg_catalog.pg_backend_pid(), pg_catalog.now())
      on conflict do nothing;
    exit when found;
    select * into holder from rowhouse.locks l where l.name operator(pg_catalog.=) wanted;
    if found and rowhouse.is_held(holder.pid, holder.started) then
      raise exception 'another session holds the lock %', wanted using errcode = 'lock_not_available';
    end if;
    -- Its session is gone. Another may take it over meanwhile.
    delete from rowhouse.locks l
     where l.name operator(pg_catalog.=) wanted and l.pid operator(pg_catalog.=) holder.pid
       and l.started operator(pg_catalog.=) holder.started;
  end loop;
  delete from rowhouse.locks l where l.name operator(pg_catalog.=) wanted;
end $body$;

drop function rowhouse.begin_change(pg_catalog.int4, pg_catalog.int8, pg_catalog.text, pg_catalog.text);

create function rowhouse.begin_change(
  lock_timeout_ms pg_catalog.int4, home_lock pg_catalog.text, history pg_catalog.text, expected pg_catalog.text)
returns void language plpgsql as $body$
declare found_hash pg_catalog.text;
begin
  execute 'set local lock_timeout = ' operator(pg_catalog.||) lock_timeout_ms::pg_catalog.text;
  perform rowhouse.lock_until_commit(home_lock);
  execute 'select pg_catalog.md5(coalesce(pg_catalog.string_agg(name, '','' order by id), '''')) from '
    operator(pg_catalog.||) history into found_hash;
  if found_hash operator(pg_catalog.<>) expected then
    raise exception 'the migrations of this home are no longer what they were' using errcode = 'RH001';
  end if;
end $body$;
`,
};
