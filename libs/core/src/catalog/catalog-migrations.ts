/** One step of the catalog's own schema. Once released, a step never changes: a correction is a new step. */
export interface CatalogMigration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

// Types, functions and operators are written with their schema wherever PostgreSQL would look them up by
// name: neither the migration nor the triggers may mean something else under a caller's path settings.
const TENANTS = `
create table rowhouse.tenants (
  id         pg_catalog.uuid constraint tenants_pkey primary key,
  slug       pg_catalog.text collate pg_catalog."C" not null constraint tenants_slug_key unique
             constraint tenants_slug_check check (slug operator(pg_catalog.~) '^[a-z][a-z0-9-]{0,47}$'),
  name       pg_catalog.text not null
             constraint tenants_name_check check (
               pg_catalog.char_length(name) operator(pg_catalog.>=) 1
               and pg_catalog.char_length(name) operator(pg_catalog.<=) 200),
  status     pg_catalog.text not null default 'active' constraint tenants_status_check check (
               status operator(pg_catalog.=) any (array['provisioning', 'active', 'suspended', 'maintenance',
                                                        'archived', 'deleting', 'deleted', 'failed'])),
  isolation  pg_catalog.text not null default 'schema' constraint tenants_isolation_check check (
               isolation operator(pg_catalog.=) any (array['schema', 'row', 'database'])),
  placement  pg_catalog.text not null default 'default'
             constraint tenants_placement_check check (placement operator(pg_catalog.<>) ''),
  plan       pg_catalog.text not null default 'free'
             constraint tenants_plan_check check (plan operator(pg_catalog.<>) ''),
  metadata   pg_catalog.jsonb not null default '{}'
             constraint tenants_metadata_check check (
               pg_catalog.jsonb_typeof(metadata) operator(pg_catalog.=) 'object'),
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  updated_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.tenant_domains (
  domain     pg_catalog.text collate pg_catalog."C" constraint tenant_domains_pkey primary key
             constraint tenant_domains_domain_check check (
               domain operator(pg_catalog.=) pg_catalog.lower(domain)
               and pg_catalog.char_length(domain) operator(pg_catalog.>=) 1
               and pg_catalog.char_length(domain) operator(pg_catalog.<=) 253),
  tenant_id  pg_catalog.uuid not null
             constraint tenant_domains_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  created_at timestamp (3) with time zone not null default pg_catalog.now()
);
create index tenant_domains_tenant_id_idx on rowhouse.tenant_domains (tenant_id);

create table rowhouse.tenant_api_keys (
  key_hash   pg_catalog.bytea constraint tenant_api_keys_pkey primary key
             constraint tenant_api_keys_key_hash_check check (
               pg_catalog.octet_length(key_hash) operator(pg_catalog.=) 32),
  tenant_id  pg_catalog.uuid not null
             constraint tenant_api_keys_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  label      pg_catalog.text not null
             constraint tenant_api_keys_label_check check (
               pg_catalog.char_length(label) operator(pg_catalog.>=) 1
               and pg_catalog.char_length(label) operator(pg_catalog.<=) 200),
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  revoked_at timestamp (3) with time zone
);
create index tenant_api_keys_tenant_id_idx on rowhouse.tenant_api_keys (tenant_id);
`;

// OLD is null on INSERT and NEW on DELETE (manual, 41.10.1 "Triggers on Data Changes"). Both are told of, so that
// a row which changes hands reaches both tenants; PostgreSQL folds equal notifications of one transaction.
const CHANGE_TRIGGERS = `
create function rowhouse.notify_tenant() returns pg_catalog.trigger language plpgsql as $body$
begin
  if old.id is not null then perform pg_catalog.pg_notify('rowhouse_tenants', old.id::pg_catalog.text); end if;
  if new.id is not null then perform pg_catalog.pg_notify('rowhouse_tenants', new.id::pg_catalog.text); end if;
  return null;
end $body$;

create function rowhouse.notify_owning_tenant() returns pg_catalog.trigger language plpgsql as $body$
begin
  if old.tenant_id is not null then
    perform pg_catalog.pg_notify('rowhouse_tenants', old.tenant_id::pg_catalog.text);
  end if;
  if new.tenant_id is not null then
    perform pg_catalog.pg_notify('rowhouse_tenants', new.tenant_id::pg_catalog.text);
  end if;
  return null;
end $body$;

create function rowhouse.notify_all_tenants() returns pg_catalog.trigger language plpgsql as $body$
begin
  perform pg_catalog.pg_notify('rowhouse_tenants', '');
  return null;
end $body$;

create trigger tenants_notify after insert or update or delete on rowhouse.tenants
  for each row execute function rowhouse.notify_tenant();
create trigger tenant_domains_notify after insert or update or delete on rowhouse.tenant_domains
  for each row execute function rowhouse.notify_owning_tenant();
create trigger tenant_api_keys_notify after insert or update or delete on rowhouse.tenant_api_keys
  for each row execute function rowhouse.notify_owning_tenant();

create trigger tenants_notify_truncate after truncate on rowhouse.tenants
  for each statement execute function rowhouse.notify_all_tenants();
create trigger tenant_domains_notify_truncate after truncate on rowhouse.tenant_domains
  for each statement execute function rowhouse.notify_all_tenants();
create trigger tenant_api_keys_notify_truncate after truncate on rowhouse.tenant_api_keys
  for each statement execute function rowhouse.notify_all_tenants();
`;

// A home is what is migrated as one: a tenant's schema or database, the schema that all row tenants share (the nil UUID),
// or the shared tables (the UUID of all ones). `history` says which migrations it has had. The truth is the home's own table
// of migrations; this is a copy that one query reads for all homes. `begun` is a migration without a transaction that has
// been begun and not ended. What is written for each home is in functions, whose statements a connection plans once.
const FLEET = `
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
`;

// An event is written in the transaction of the change that it tells of, with a delivery for each hook that is registered.
const LIFE = `
create table rowhouse.tenant_operations (
  tenant_id  pg_catalog.uuid constraint tenant_operations_pkey primary key
             constraint tenant_operations_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  kind       pg_catalog.text not null constraint tenant_operations_kind_check check (
               kind operator(pg_catalog.=) any (array['create', 'purge'])),
  step       pg_catalog.text not null,
  options    pg_catalog.jsonb not null default '{}',
  error      pg_catalog.text,
  started_at timestamp (3) with time zone not null default pg_catalog.now(),
  updated_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.tenant_removals (
  tenant_id       pg_catalog.uuid constraint tenant_removals_pkey primary key
                  constraint tenant_removals_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  previous_status pg_catalog.text not null,
  removed_at      timestamp (3) with time zone not null default pg_catalog.now(),
  purge_after     timestamp (3) with time zone not null
);

create table rowhouse.tenant_events (
  id         pg_catalog.int8 generated always as identity constraint tenant_events_pkey primary key,
  tenant_id  pg_catalog.uuid not null,
  type       pg_catalog.text not null,
  tenant     pg_catalog.jsonb not null,
  created_at timestamp (3) with time zone not null default pg_catalog.now()
);
create index tenant_events_tenant_id_idx on rowhouse.tenant_events (tenant_id);

create table rowhouse.tenant_hooks (
  name          pg_catalog.text collate pg_catalog."C" constraint tenant_hooks_pkey primary key,
  registered_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.tenant_event_deliveries (
  event_id        pg_catalog.int8 not null constraint tenant_event_deliveries_event_id_fkey
                  references rowhouse.tenant_events (id) on delete cascade,
  hook            pg_catalog.text collate pg_catalog."C" not null constraint tenant_event_deliveries_hook_fkey
                  references rowhouse.tenant_hooks (name) on delete cascade,
  tenant_id       pg_catalog.uuid not null,
  attempts        pg_catalog.int4 not null default 0,
  next_attempt_at timestamp (3) with time zone not null default pg_catalog.now(),
  error           pg_catalog.text,
  constraint tenant_event_deliveries_pkey primary key (hook, event_id)
);

create table rowhouse.adoptions (
  tenant_id  pg_catalog.uuid constraint adoptions_pkey primary key
             constraint adoptions_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  plan       pg_catalog.jsonb not null,
  adopted_at timestamp (3) with time zone not null default pg_catalog.now()
);

create function rowhouse.tell_of_tenant(event pg_catalog.text, tenant pg_catalog.uuid)
returns void language plpgsql as $body$
declare new_id pg_catalog.int8;
begin
  insert into rowhouse.tenant_events (tenant_id, type, tenant)
    select t.id, event, pg_catalog.to_jsonb(t) from rowhouse.tenants t where t.id operator(pg_catalog.=) $2
    returning id into new_id;
  insert into rowhouse.tenant_event_deliveries (event_id, hook, tenant_id)
    select new_id, h.name, $2 from rowhouse.tenant_hooks h where new_id is not null;
  if found then perform pg_catalog.pg_notify('rowhouse_events', ''); end if;
end $body$;
`;

/** Every step that makes the catalog, in order. */
export const CATALOG_MIGRATIONS: readonly CatalogMigration[] = [
  { version: 1, name: 'tenants, domains and api keys', sql: TENANTS },
  { version: 2, name: 'notifications of changes', sql: CHANGE_TRIGGERS },
  { version: 3, name: 'migrations over the fleet', sql: FLEET },
  { version: 4, name: 'the life of tenants', sql: LIFE },
];
