import type { CatalogStep } from './catalog-step.js';

// Tenants with a schema or with rows on a placement enqueue jobs with their transactions in the outbox of its database.
export const jobOutboxesOfPlacements: CatalogStep = {
  version: 38,
  name: 'outboxes of jobs on placements',
  sql: `
create or replace function rowhouse_jobs.note_outbox(tenant pg_catalog.uuid, transaction pg_catalog.xid8)
returns pg_catalog.void language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  if not exists (select from rowhouse.tenants t
                  where t.id = tenant and (t.isolation = 'database' or t.placement <> 'default') and t.status <> 'deleting') then
    raise exception 'the catalog has no tenant % in another database', tenant using errcode = 'no_data_found';
  end if;
  -- Most transactions have ended by then.
  insert into rowhouse.job_outbox_notes (tenant_id, xid, look_at) values (tenant, transaction, now() + interval '20 milliseconds');
  perform pg_notify('rowhouse_job_outboxes', '');
end $body$;
`,
};
