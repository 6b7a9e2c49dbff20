import type { CatalogStep } from './catalog-step.js';

// A use of a key is written to its row, and is no change: it must not drop the tenant from the memory of every instance. The hash of
// a key is made with the pepper of that version; 0 stands for none.
export const apiKeys: CatalogStep = {
  version: 9,
  name: 'api keys: scopes, networks, expiry, rotation',
  sql: `
alter table rowhouse.tenant_api_keys
  add column id             pg_catalog.uuid not null default pg_catalog.gen_random_uuid()
                            constraint tenant_api_keys_id_key unique,
  add column prefix         pg_catalog.text,
  add column pepper_version pg_catalog.int4 not null default 0,
  add column scopes         pg_catalog.text[] not null default '{}',
  add column networks       pg_catalog.cidr[] not null default '{}',
  add column expires_at     timestamp (3) with time zone,
  add column last_used_at   timestamp (3) with time zone,
  add column created_by     pg_catalog.jsonb,
  add column replaced_by    pg_catalog.uuid;

create index tenant_api_keys_tenant_id_created_at_idx on rowhouse.tenant_api_keys (tenant_id, created_at desc, id desc);
drop index rowhouse.tenant_api_keys_tenant_id_idx;

drop trigger tenant_api_keys_notify on rowhouse.tenant_api_keys;
create trigger tenant_api_keys_notify
  after insert or delete or update of key_hash, tenant_id, scopes, networks, expires_at, revoked_at on rowhouse.tenant_api_keys
  for each row execute function rowhouse.notify_owning_tenant();
`,
};
