import type { CatalogStep } from './catalog-step.js';

// OLD is null on INSERT and NEW on DELETE (manual, 41.10.1 "Triggers on Data Changes"). Both are told of, so that
// a row which changes hands reaches both tenants; PostgreSQL folds equal notifications of one transaction.
export const notifications: CatalogStep = {
  version: 2,
  name: 'notifications of changes',
  sql: `
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
`,
};
