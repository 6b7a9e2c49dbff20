import pg from 'pg';
import type { RoleName, Tenant } from '../tenant.js';
import { type Owner, retryOnConflict } from './role-statements.js';
import { ON_COORDINATOR_ONLY } from './server-facts.js';

const { escapeIdentifier: quote } = pg;

const VERSION_1 = 'Rowhouse: jobs of this tenant on their way to the catalog, version 1';
const VERSION = 'Rowhouse: jobs of tenants on their way to the catalog, version 2';

/** A job without a tenant is of version 1: that of the tenant whose database it is. */
const COMPLETE = `
alter table rowhouse_jobs.outbox add column tenant_id pg_catalog.uuid;
create index outbox_tenant_id_idx on rowhouse_jobs.outbox (tenant_id, seq);

create or replace function rowhouse_jobs.enqueue_in_outbox(
  tenant pg_catalog.uuid, job_name pg_catalog.text, job_data pg_catalog.text, job_run_at timestamp with time zone,
  job_urgency pg_catalog.int2, job_retries pg_catalog.int2, job_singleton_key pg_catalog.text, noted pg_catalog.xid8)
returns pg_catalog.uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  pinned text := current_setting('rowhouse.tenant_id', true);
  acting text := current_setting('role');
  made uuid;
begin
  if tenant is null or pinned is distinct from tenant::text
    or (acting ~ '_[0-9a-f]{32}$' and right(acting, 32) <> replace(tenant::text, '-', '')) then
    raise exception 'the connection does not act for the tenant of the job' using errcode = 'insufficient_privilege';
  end if;
  -- Another transaction would be looked for in vain.
  if pg_current_xact_id_if_assigned() is distinct from noted then return null; end if;
  if octet_length(job_data) > 262144 then
    raise exception 'the data of a job has more than 256 KiB' using errcode = 'program_limit_exceeded';
  end if;
  -- The keys of schedules.
  if starts_with(job_singleton_key, 'rowhouse:') then
    raise exception 'the singleton key % is reserved', job_singleton_key using errcode = 'reserved_name';
  end if;
  insert into rowhouse_jobs.outbox (tenant_id, name, data, run_at, urgency, retries, singleton_key)
    values (tenant, job_name, job_data::jsonb, job_run_at, job_urgency, job_retries, job_singleton_key)
    returning id into made;
  return made;
end $body$;
revoke all on function rowhouse_jobs.enqueue_in_outbox from public;
comment on schema rowhouse_jobs is '${VERSION}';
`;

/**
 * Jobs that transactions enqueue of tenants whose home is in this database and not in the catalog's, until a worker moves them to the
 * catalog. A tenant's role may do one thing: enqueue, by the function, in the transaction that the catalog was told of. The checks are
 * those of the catalog, so that it takes whatever is in here.
 */
const CREATE = `
create schema rowhouse_jobs;
revoke all on schema rowhouse_jobs from public;

create table rowhouse_jobs.outbox (
  seq           pg_catalog.int8 generated always as identity constraint outbox_seq_key unique,
  id            pg_catalog.uuid default pg_catalog.gen_random_uuid() constraint outbox_pkey primary key,
  name          pg_catalog.text collate pg_catalog."C" not null constraint outbox_name_check check (
                  name operator(pg_catalog.~) '^[a-z][a-z0-9]*([._:-][a-z0-9]+)*$'
                  and pg_catalog.length(name) operator(pg_catalog.<=) 100),
  data          pg_catalog.jsonb not null,
  run_at        timestamp with time zone constraint outbox_run_at_check check (
                  pg_catalog.isfinite(run_at)
                  and run_at operator(pg_catalog.<=) '275760-09-13 00:00:00+00'::timestamp with time zone),
  urgency       pg_catalog.int2 not null constraint outbox_urgency_check check (
                  urgency operator(pg_catalog.>=) '-10'::pg_catalog.int2 and urgency operator(pg_catalog.<=) 10::pg_catalog.int2),
  retries       pg_catalog.int2,
  singleton_key pg_catalog.text constraint outbox_singleton_key_check check (
                  pg_catalog.length(singleton_key) operator(pg_catalog.<=) 200)
);
revoke all on rowhouse_jobs.outbox from public;
${COMPLETE}`;

const STATE = `
select pg_catalog.obj_description(n.oid, 'pg_namespace') as version,
       pg_catalog.has_schema_privilege($1, n.oid, 'usage') and pg_catalog.has_function_privilege($1, p.oid, 'execute') as "isGranted"
  from pg_catalog.pg_namespace n left join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = 'enqueue_in_outbox'
 where n.nspname = 'rowhouse_jobs'`;

/** Removes the jobs of a tenant that were not moved to the catalog, from a database that tenants share. */
export async function dropOutboxOf(owner: Owner, { id }: Pick<Tenant, 'id'>): Promise<void> {
  const { rows } = await owner.query<{ there: boolean }>(
    "select pg_catalog.to_regclass('rowhouse_jobs.outbox') is not null as there",
  );
  if (rows[0]?.there) await owner.query('delete from rowhouse_jobs.outbox where tenant_id = $1', [id]);
}

/**
 * Makes the outbox in a database with homes, unless it is there, and lets a role enqueue.
 *
 * @param owner - connected to that database.
 * @param role - the tenant's, or the one that those of all tenants inherit from; `undefined` where roles are off: then logins are granted it by hand, if they do not own it.
 */
export async function openJobOutbox(owner: Owner, role: RoleName | undefined): Promise<void> {
  const state = async () => {
    const { rows } = await owner.query<{ version: string | null; isGranted: boolean | null }>(STATE, [
      role ?? 'public',
    ]);
    return rows[0];
  };
  let found = await state();
  if (found?.version !== VERSION) {
    try {
      // Statements in one message are one transaction.
      await owner.query(`${ON_COORDINATOR_ONLY}; ${found?.version === VERSION_1 ? COMPLETE : CREATE}`);
    } catch (error) {
      // Another process may have made it at the same time.
      if ((await state())?.version !== VERSION) throw error;
    }
    found = await state();
  }
  if (!role || found?.isGranted) return;
  await retryOnConflict(() =>
    owner.query(
      `${ON_COORDINATOR_ONLY};
       grant usage on schema rowhouse_jobs to ${quote(role)};
       grant execute on function rowhouse_jobs.enqueue_in_outbox to ${quote(role)}`,
    ),
  );
}
