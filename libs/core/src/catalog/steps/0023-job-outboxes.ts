import type { CatalogStep } from './catalog-step.js';

// A tenant with a database of its own enqueues jobs with its transactions in an outbox in that database, and workers move them to
// rowhouse.jobs. A note says which transaction of which tenant may have left something in its outbox: it is written, outside of that
// transaction, before the first job is, and stays until a worker has looked after the transaction's end. So it is never lost, and
// databases without a note are not looked at.
//
// `moved` are the jobs that were moved with the lease of before: they are deleted from the outbox before it is read again.
export const jobOutboxes: CatalogStep = {
  version: 23,
  name: 'outboxes of jobs',
  sql: `
create table rowhouse.job_outbox_notes (
  seq       pg_catalog.int8 generated always as identity constraint job_outbox_notes_pkey primary key,
  tenant_id pg_catalog.uuid not null,
  xid       pg_catalog.xid8 not null,
  noted_at  timestamp with time zone not null default pg_catalog.now(),
  look_at   timestamp with time zone not null
);
create index job_outbox_notes_look_at_idx on rowhouse.job_outbox_notes (look_at);
create index job_outbox_notes_tenant_id_idx on rowhouse.job_outbox_notes (tenant_id, seq);

create table rowhouse.job_outboxes (
  tenant_id   pg_catalog.uuid constraint job_outboxes_pkey primary key,
  lease       pg_catalog.uuid not null,
  lease_until timestamp with time zone not null,
  moved       pg_catalog.uuid[] not null default '{}',
  failures    pg_catalog.int4 not null default 0
);

create function rowhouse_jobs.note_outbox(tenant pg_catalog.uuid, transaction pg_catalog.xid8)
returns pg_catalog.void language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  if not exists (select from rowhouse.tenants t where t.id = tenant and t.isolation = 'database' and t.status <> 'deleting') then
    raise exception 'the catalog has no tenant % with a database of its own', tenant using errcode = 'no_data_found';
  end if;
  -- Most transactions have ended by then.
  insert into rowhouse.job_outbox_notes (tenant_id, xid, look_at) values (tenant, transaction, now() + interval '20 milliseconds');
  perform pg_notify('rowhouse_job_outboxes', '');
end $body$;
revoke all on function rowhouse_jobs.note_outbox from public;

create or replace function rowhouse.drop_jobs_of_tenant() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  -- In the order of the transactions that move jobs.
  delete from rowhouse.job_outboxes where tenant_id = old.id;
  delete from rowhouse.jobs where tenant_id = old.id;
  delete from rowhouse.job_turns where tenant_id = old.id;
  delete from rowhouse.job_outbox_notes where tenant_id = old.id;
  return null;
end $body$;

do $do$
declare grantee pg_catalog.name;
begin
  for grantee in
    select g.rolname from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) p.pronamespace and n.nspname operator(pg_catalog.=) 'rowhouse_jobs'
      cross join lateral pg_catalog.aclexplode(p.proacl) a
      join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) a.grantee
     where p.proname operator(pg_catalog.=) 'enqueue_as_system' and a.grantee operator(pg_catalog.<>) p.proowner
  loop
    execute pg_catalog.format('grant execute on function rowhouse_jobs.note_outbox to %I', grantee);
  end loop;
end $do$;
`,
};
