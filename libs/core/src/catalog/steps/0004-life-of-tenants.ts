import type { CatalogStep } from './catalog-step.js';

// An event is written in the transaction of the change that it tells of, with a delivery for each hook that is registered.
export const lifeOfTenants: CatalogStep = {
  version: 4,
  name: 'the life of tenants',
  sql: `
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
`,
};
