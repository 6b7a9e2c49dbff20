import type { CatalogStep } from './catalog-step.js';

// Values of secret settings are encrypted by the tenant's data key, and stand in a column of their own; the data key is encrypted by
// the key that is named beside it. The history holds neither. Another key changes no setting, so it notifies nobody.
export const settings: CatalogStep = {
  version: 12,
  name: 'settings of tenants',
  sql: `
create table rowhouse.tenant_settings (
  tenant_id  pg_catalog.uuid constraint tenant_settings_pkey primary key
             constraint tenant_settings_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  version    pg_catalog.int4 not null default 0,
  overrides  pg_catalog.jsonb not null default '{}'
             constraint tenant_settings_overrides_check check (
               pg_catalog.jsonb_typeof(overrides) operator(pg_catalog.=) 'object'),
  secrets    pg_catalog.jsonb not null default '{}'
             constraint tenant_settings_secrets_check check (
               pg_catalog.jsonb_typeof(secrets) operator(pg_catalog.=) 'object'),
  key_id     pg_catalog.text collate pg_catalog."C",
  data_key   pg_catalog.bytea,
  updated_at timestamp (3) with time zone not null default pg_catalog.now(),
  constraint tenant_settings_data_key_check check (
    (key_id is null and data_key is null and secrets operator(pg_catalog.=) '{}')
    or (key_id is not null and data_key is not null))
);
create index tenant_settings_key_id_idx on rowhouse.tenant_settings (key_id, tenant_id);

create table rowhouse.tenant_settings_history (
  tenant_id  pg_catalog.uuid not null
             constraint tenant_settings_history_tenant_id_fkey
             references rowhouse.tenant_settings (tenant_id) on delete cascade,
  version    pg_catalog.int4 not null,
  action     pg_catalog.text not null constraint tenant_settings_history_action_check check (
               action operator(pg_catalog.=) any (array['patch', 'unset', 'restore'])),
  changes    pg_catalog.jsonb not null,
  overrides  pg_catalog.jsonb not null,
  actor      pg_catalog.jsonb,
  changed_at timestamp (3) with time zone not null default pg_catalog.now(),
  constraint tenant_settings_history_pkey primary key (tenant_id, version)
);

create trigger tenant_settings_notify after insert or delete or update of overrides, secrets on rowhouse.tenant_settings
  for each row execute function rowhouse.notify_owning_tenant();
create trigger tenant_settings_notify_truncate after truncate on rowhouse.tenant_settings
  for each statement execute function rowhouse.notify_all_tenants();
`,
};
