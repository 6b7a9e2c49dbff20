import type { CatalogStep } from './catalog-step.js';

// Jobs are taken by workers that own the catalog. Tenants' roles may do one thing: enqueue a job for the tenant of their pin, by
// functions in a schema of their own, so that they need no privilege on the catalog. A job has no foreign key to its tenant: the
// lock that one takes would let a tenant's open transaction hold up a change of the tenant.
//
// Per name, `pass` is the virtual time of start-time fair queueing, and a turn is the virtual time at which a tenant's next job
// starts. A tenant without a turn, or with one that is not later than the pass, starts at the pass.
export const jobs: CatalogStep = {
  version: 22,
  name: 'jobs of tenants',
  sql: `
create table rowhouse.jobs (
  id               pg_catalog.uuid default pg_catalog.gen_random_uuid() constraint jobs_pkey primary key,
  seq              pg_catalog.int8 generated always as identity constraint jobs_seq_key unique,
  tenant_id        pg_catalog.uuid not null,
  name             pg_catalog.text collate pg_catalog."C" not null constraint jobs_name_check check (
                     name operator(pg_catalog.~) '^[a-z][a-z0-9]*([._:-][a-z0-9]+)*$'
                     and pg_catalog.length(name) operator(pg_catalog.<=) 100),
  data             pg_catalog.jsonb not null,
  state            pg_catalog.text not null default 'waiting' constraint jobs_state_check check (
                     state operator(pg_catalog.=) any (array['waiting', 'running', 'completed', 'failed', 'cancelled'])),
  urgency          pg_catalog.int2 not null default 0 constraint jobs_urgency_check check (
                     urgency operator(pg_catalog.>=) '-10'::pg_catalog.int2 and urgency operator(pg_catalog.<=) 10::pg_catalog.int2),
  run_at           timestamp with time zone not null default pg_catalog.now() constraint jobs_run_at_check check (
                     pg_catalog.isfinite(run_at)
                     and run_at operator(pg_catalog.<=) '275760-09-13 00:00:00+00'::timestamp with time zone),
  singleton_key    pg_catalog.text constraint jobs_singleton_key_check check (
                     pg_catalog.length(singleton_key) operator(pg_catalog.<=) 200),
  retries          pg_catalog.int2,
  attempts         pg_catalog.int4 not null default 0,
  losses           pg_catalog.int4 not null default 0,
  lease            pg_catalog.uuid,
  lease_until      timestamp with time zone,
  cancel_requested pg_catalog.bool not null default false,
  failure          pg_catalog.text,
  created_at       timestamp with time zone not null default pg_catalog.now(),
  started_at       timestamp with time zone,
  ended_at         timestamp with time zone,
  constraint jobs_lease_check check (
    (state operator(pg_catalog.=) 'running') operator(pg_catalog.=) (lease is not null)
    and (lease is null) operator(pg_catalog.=) (lease_until is null)),
  constraint jobs_end_check check (
    (state operator(pg_catalog.=) any (array['completed', 'failed', 'cancelled'])) operator(pg_catalog.=) (ended_at is not null))
);
create index jobs_waiting_idx on rowhouse.jobs (name, tenant_id, urgency, run_at, seq) where state operator(pg_catalog.=) 'waiting';
create index jobs_due_idx on rowhouse.jobs (name, run_at) where state operator(pg_catalog.=) 'waiting';
create index jobs_running_idx on rowhouse.jobs (name, tenant_id) where state operator(pg_catalog.=) 'running';
create unique index jobs_singleton_idx on rowhouse.jobs (tenant_id, name, singleton_key)
  where state operator(pg_catalog.=) 'waiting' and singleton_key is not null;
create index jobs_tenant_id_idx on rowhouse.jobs (tenant_id, seq desc);
create index jobs_ended_at_idx on rowhouse.jobs (ended_at) where ended_at is not null;

create table rowhouse.job_queues (
  name         pg_catalog.text collate pg_catalog."C" constraint job_queues_pkey primary key,
  pass         pg_catalog.int8 not null default 0,
  schedule     pg_catalog.text,
  scheduled_at timestamp with time zone
);

create table rowhouse.job_turns (
  name      pg_catalog.text collate pg_catalog."C" not null,
  tenant_id pg_catalog.uuid not null,
  pass      pg_catalog.int8 not null,
  constraint job_turns_pkey primary key (name, tenant_id)
);

create function rowhouse.insert_job(
  tenant pg_catalog.uuid, job_name pg_catalog.text, job_data pg_catalog.text, job_run_at timestamp with time zone,
  job_urgency pg_catalog.int2, job_retries pg_catalog.int2, job_singleton_key pg_catalog.text)
returns pg_catalog.uuid language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare made uuid;
begin
  if not exists (select from rowhouse.tenants t where t.id = tenant and t.status <> 'deleting') then
    raise exception 'the catalog has no tenant %', tenant using errcode = 'no_data_found';
  end if;
  if octet_length(job_data) > 262144 then
    raise exception 'the data of a job has more than 256 KiB' using errcode = 'program_limit_exceeded';
  end if;
  -- The keys of schedules.
  if starts_with(job_singleton_key, 'rowhouse:') then
    raise exception 'the singleton key % is reserved', job_singleton_key using errcode = 'reserved_name';
  end if;
  loop
    insert into rowhouse.jobs (tenant_id, name, data, run_at, urgency, retries, singleton_key)
      values (tenant, job_name, job_data::jsonb, coalesce(job_run_at, now()), job_urgency, job_retries, job_singleton_key)
      on conflict (tenant_id, name, singleton_key) where state = 'waiting' and singleton_key is not null do nothing
      returning id into made;
    exit when made is not null;
    select j.id into made from rowhouse.jobs j
     where j.tenant_id = tenant and j.name = job_name and j.singleton_key = job_singleton_key and j.state = 'waiting';
    -- Otherwise it was started in between.
    exit when made is not null;
  end loop;
  if coalesce(job_run_at, now()) <= now() then perform pg_notify('rowhouse_jobs', ''); end if;
  return made;
end $body$;
revoke all on function rowhouse.insert_job from public;

create function rowhouse.drop_jobs_of_tenant() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  delete from rowhouse.jobs where tenant_id = old.id;
  delete from rowhouse.job_turns where tenant_id = old.id;
  return null;
end $body$;
revoke all on function rowhouse.drop_jobs_of_tenant from public;
create trigger tenants_jobs after delete on rowhouse.tenants
  for each row execute function rowhouse.drop_jobs_of_tenant();

create schema rowhouse_jobs;

create function rowhouse_jobs.enqueue(
  tenant pg_catalog.uuid, job_name pg_catalog.text, job_data pg_catalog.text, job_run_at timestamp with time zone,
  job_urgency pg_catalog.int2, job_retries pg_catalog.int2, job_singleton_key pg_catalog.text)
returns pg_catalog.uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  pinned text := current_setting('rowhouse.tenant_id', true);
  acting text := current_setting('role');
begin
  if tenant is null or pinned is distinct from tenant::text
    or (acting ~ '_[0-9a-f]{32}$' and right(acting, 32) <> replace(tenant::text, '-', '')) then
    raise exception 'the connection does not act for the tenant of the job' using errcode = 'insufficient_privilege';
  end if;
  return rowhouse.insert_job(tenant, job_name, job_data, job_run_at, job_urgency, job_retries, job_singleton_key);
end $body$;
revoke all on function rowhouse_jobs.enqueue from public;

create function rowhouse_jobs.enqueue_as_system(
  tenant pg_catalog.uuid, job_name pg_catalog.text, job_data pg_catalog.text, job_run_at timestamp with time zone,
  job_urgency pg_catalog.int2, job_retries pg_catalog.int2, job_singleton_key pg_catalog.text)
returns pg_catalog.uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  return rowhouse.insert_job(tenant, job_name, job_data, job_run_at, job_urgency, job_retries, job_singleton_key);
end $body$;
revoke all on function rowhouse_jobs.enqueue_as_system from public;

do $do$
declare prefix pg_catalog.text;
begin
  for prefix in
    select pg_catalog.regexp_replace(g.rolname, '_app$', '') from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
      join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) a.grantee
     where n.nspname operator(pg_catalog.=) 'rowhouse' and g.rolname operator(pg_catalog.~) '_app$'
  loop
    continue when (select count(*) from pg_catalog.pg_roles r where r.rolname operator(pg_catalog.=) any (
      array[prefix operator(pg_catalog.||) '_shared', prefix operator(pg_catalog.||) '_system'])) operator(pg_catalog.<>) 2;
    execute pg_catalog.format('grant usage on schema rowhouse_jobs to %1$I; grant execute on function rowhouse_jobs.enqueue to %1$I;
      grant execute on function rowhouse_jobs.enqueue_as_system to %2$I',
      prefix operator(pg_catalog.||) '_shared', prefix operator(pg_catalog.||) '_system');
  end loop;
end $do$;
`,
};
