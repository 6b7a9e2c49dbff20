import type { CatalogStep } from './catalog-step.js';

// Who made a change stands beside its event. What was never read goes, and what is made in advance is called by its name.
export const actors: CatalogStep = {
  version: 5,
  name: 'actors of events; prewarmed homes',
  sql: `
alter table rowhouse.tenant_events add column actor pg_catalog.jsonb;

drop function rowhouse.tell_of_tenant(pg_catalog.text, pg_catalog.uuid);

create function rowhouse.write_event(event pg_catalog.text, tenant pg_catalog.uuid, made_by pg_catalog.jsonb)
returns void language plpgsql as $body$
declare new_id pg_catalog.int8;
begin
  insert into rowhouse.tenant_events (tenant_id, type, tenant, actor)
    select t.id, event, pg_catalog.to_jsonb(t), made_by from rowhouse.tenants t where t.id operator(pg_catalog.=) $2
    returning id into new_id;
  insert into rowhouse.tenant_event_deliveries (event_id, hook, tenant_id)
    select new_id, h.name, $2 from rowhouse.tenant_hooks h where new_id is not null;
  if found then perform pg_catalog.pg_notify('rowhouse_events', ''); end if;
end $body$;

alter table rowhouse.tenant_operations drop column options;

alter table rowhouse.spare_homes rename to prewarmed_homes;
alter table rowhouse.prewarmed_homes rename constraint spare_homes_pkey to prewarmed_homes_pkey;
alter table rowhouse.prewarmed_homes rename constraint spare_homes_schema_key to prewarmed_homes_schema_key;
alter table rowhouse.prewarmed_homes rename constraint spare_homes_history_fkey to prewarmed_homes_history_fkey;
`,
};
