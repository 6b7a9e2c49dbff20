import type { CatalogStep } from './catalog-step.js';

// Several homes may be changed in one transaction. Each function has a path of its own: it is called under the paths of tenants,
// and PostgreSQL would plan its queries anew for each.
export const groupsOfHomes: CatalogStep = {
  version: 7,
  name: 'groups of homes',
  sql: `
drop function rowhouse.begin_change(pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.text);
drop function rowhouse.note_home(pg_catalog.uuid, pg_catalog.text);
drop function rowhouse.note_done(pg_catalog.uuid, pg_catalog.uuid, pg_catalog.int4, pg_catalog.text[]);

-- Locks homes that have the same history, which must be the expected one.
create function rowhouse.begin_changes(
  lock_timeout_ms pg_catalog.int4, home_locks pg_catalog.text[], histories pg_catalog.text[], expected pg_catalog.text)
returns void language plpgsql set search_path = '' as $body$
declare
  taken pg_catalog.int4;
  history pg_catalog.text;
  found_hash pg_catalog.text;
begin
  execute 'set local lock_timeout = ' || lock_timeout_ms::pg_catalog.text;
  insert into rowhouse.locks (name, pid, started)
    select l.name, pg_catalog.pg_backend_pid(), pg_catalog.now()
      from pg_catalog.unnest(home_locks) l (name) order by l.name
    on conflict do nothing;
  get diagnostics taken = row_count;
  delete from rowhouse.locks l
   where l.name = any (home_locks) and l.pid = pg_catalog.pg_backend_pid() and l.started = pg_catalog.now();
  if taken < pg_catalog.cardinality(home_locks) then
    -- A session holds one, or has left it behind.
    perform rowhouse.lock_until_commit(l.name) from pg_catalog.unnest(home_locks) l (name);
  end if;
  foreach history in array histories loop
    execute 'select pg_catalog.md5(coalesce(pg_catalog.string_agg(name, '','' order by id), '''')) from ' || history
      into found_hash;
    if found_hash <> expected then
      raise exception 'the migrations of this home are no longer what they were' using errcode = 'RH001';
    end if;
  end loop;
end $body$;

create function rowhouse.note_homes(noted pg_catalog.uuid[], new_history pg_catalog.text)
returns void language plpgsql set search_path = '' as $body$
begin
  insert into rowhouse.homes (id, history) select n.id, new_history from pg_catalog.unnest(noted) n (id)
    on conflict (id) do update set history = excluded.history, begun = null, updated_at = pg_catalog.now();
end $body$;

create function rowhouse.note_done(
  run pg_catalog.uuid, homes pg_catalog.uuid[], made_attempts pg_catalog.int4, applied pg_catalog.text[])
returns void language plpgsql set search_path = '' as $body$
begin
  update rowhouse.migration_run_homes h
     set state = 'done', attempts = made_attempts, names = applied, error = null, prior_status = null,
         duration_ms = extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.now()) * 1000
           / pg_catalog.cardinality(homes),
         finished_at = pg_catalog.clock_timestamp()
   where h.run_id = run and h.home_id = any (homes);
end $body$;
`,
};
