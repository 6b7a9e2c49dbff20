import type { CatalogStep } from './catalog-step.js';

// A home is what is migrated as one: a tenant's schema or database, the schema that all row tenants share (the nil UUID),
// or the shared tables (the UUID of all ones). `history` says which migrations it has had. The truth is the home's own table
// of migrations; this is a copy that one query reads for all homes. `begun` is a migration without a transaction that has
// been begun and not ended. What is written for each home is in functions, whose statements a connection plans once.
export const fleet: CatalogStep = {
  version: 3,
  name: 'migrations over the fleet',
  sql: `
create table rowhouse.schema_histories (
  hash  pg_catalog.text collate pg_catalog."C" constraint schema_histories_pkey primary key,
  names pg_catalog.text[] not null
);

create table rowhouse.homes (
  id         pg_catalog.uuid constraint homes_pkey primary key,
  history    pg_catalog.text collate pg_catalog."C" not null
             constraint homes_history_fkey references rowhouse.schema_histories (hash),
  begun      pg_catalog.text,
  updated_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.spare_homes (
  id         pg_catalog.uuid constraint spare_homes_pkey primary key,
  schema     pg_catalog.text not null constraint spare_homes_schema_key unique,
  history    pg_catalog.text collate pg_catalog."C" not null
             constraint spare_homes_history_fkey references rowhouse.schema_histories (hash),
  created_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.migration_runs (
  id          pg_catalog.uuid constraint migration_runs_pkey primary key,
  direction   pg_catalog.text not null constraint migration_runs_direction_check check (
                direction operator(pg_catalog.=) any (array['up', 'down'])),
  options     pg_catalog.jsonb not null,
  state       pg_catalog.text not null default 'running' constraint migration_runs_state_check check (
                state operator(pg_catalog.=) any (array['running', 'paused', 'succeeded', 'failed', 'cancelled'])),
  message     pg_catalog.text,
  cancel_requested_at timestamp (3) with time zone,
  started_at  timestamp (3) with time zone not null default pg_catalog.now(),
  finished_at timestamp (3) with time zone
);

create table rowhouse.migration_run_homes (
  run_id       pg_catalog.uuid not null constraint migration_run_homes_run_id_fkey
               references rowhouse.migration_runs (id) on delete cascade,
  home_id      pg_catalog.uuid not null,
  label        pg_catalog.text not null,
  wave         pg_catalog.int4 not null,
  state        pg_catalog.text not null default 'pending' constraint migration_run_homes_state_check check (
                 state operator(pg_catalog.=) any (array['pending', 'done', 'failed', 'skipped'])),
  names        pg_catalog.text[] not null,
  error        pg_catalog.text,
  attempts     pg_catalog.int4 not null default 0,
  duration_ms  pg_catalog.float8,
  prior_status pg_catalog.text,
  finished_at  timestamp (3) with time zone,
  constraint migration_run_homes_pkey primary key (run_id, home_id)
);

create function rowhouse.begin_change(
  lock_timeout_ms pg_catalog.int4, home_lock pg_catalog.int8, history pg_catalog.text, expected pg_catalog.text)
returns void language plpgsql as $body$
declare found_hash pg_catalog.text;
begin
  execute 'set local lock_timeout = ' operator(pg_catalog.||) lock_timeout_ms::pg_catalog.text;
  perform pg_catalog.pg_advisory_xact_lock(home_lock);
  execute 'select pg_catalog.md5(coalesce(pg_catalog.string_agg(name, '','' order by id), '''')) from '
    operator(pg_catalog.||) history into found_hash;
  if found_hash operator(pg_catalog.<>) expected then
    raise exception 'the migrations of this home are no longer what they were' using errcode = 'RH001';
  end if;
end $body$;

create function rowhouse.note_home(home pg_catalog.uuid, new_history pg_catalog.text)
returns void language plpgsql as $body$
begin
  insert into rowhouse.homes (id, history) values (home, new_history)
    on conflict (id) do update set history = excluded.history, begun = null, updated_at = pg_catalog.now();
end $body$;

create function rowhouse.note_done(
  run pg_catalog.uuid, home pg_catalog.uuid, made_attempts pg_catalog.int4, applied pg_catalog.text[])
returns void language plpgsql as $body$
begin
  update rowhouse.migration_run_homes
     set state = 'done', attempts = made_attempts, names = applied, error = null, prior_status = null,
         duration_ms = extract(epoch from pg_catalog.clock_timestamp() operator(pg_catalog.-) pg_catalog.now())
           operator(pg_catalog.*) 1000,
         finished_at = pg_catalog.clock_timestamp()
   where run_id operator(pg_catalog.=) run and home_id operator(pg_catalog.=) home;
end $body$;
`,
};
