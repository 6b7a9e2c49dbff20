import type { CatalogStep } from './catalog-step.js';

// What changes something that belongs to a tenant is an event of the tenant too. Its audit entry says what was changed, instead of one
// entry for the part and another that shows the tenant as it was before.
export const eventsOfParts: CatalogStep = {
  version: 21,
  name: 'one audit entry for a change of what belongs to a tenant',
  sql: `
create or replace function rowhouse.write_event(
  event pg_catalog.text, tenant pg_catalog.uuid, made_by pg_catalog.jsonb, details pg_catalog.jsonb default '{}')
returns void language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare new_id int8;
begin
  insert into rowhouse.tenant_events (tenant_id, type, tenant, actor, detail)
    select t.id, event, to_jsonb(t), made_by, details -> 'detail' from rowhouse.tenants t where t.id = $2
    returning id into new_id;
  insert into rowhouse.tenant_event_deliveries (event_id, hook, tenant_id)
    select new_id, h.name, $2 from rowhouse.tenant_hooks h where new_id is not null;
  if found then perform pg_notify('rowhouse_events', ''); end if;
  insert into rowhouse.audit_pending (action, tenant_id, target, before, after, actor, reason, request_id, address)
    select coalesce(details -> 'part' ->> 'action', 'tenant.' || event), t.id, coalesce(details -> 'part' ->> 'target', t.slug),
           nullif(details -> 'before', 'null'),
           case when event <> 'purged' and details -> 'part' is null then jsonb_build_object('slug', t.slug, 'name', t.name, 'status', t.status,
             'isolation', t.isolation, 'placement', t.placement, 'plan', t.plan, 'overrides', t.overrides, 'metadata', t.metadata) end,
           made_by, details ->> 'reason', details ->> 'requestId', (details ->> 'address')::inet
      from rowhouse.tenants t where t.id = $2;
end $body$;
`,
};
