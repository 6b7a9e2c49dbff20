import type { CatalogStep } from './catalog-step.js';

export const tenants: CatalogStep = {
  version: 1,
  name: 'tenants, domains and api keys',
  sql: `
create table rowhouse.tenants (
  id         pg_catalog.uuid constraint tenants_pkey primary key,
  slug       pg_catalog.text collate pg_catalog."C" not null constraint tenants_slug_key unique
             constraint tenants_slug_check check (slug operator(pg_catalog.~) '^[a-z][a-z0-9-]{0,47}$'),
  name       pg_catalog.text not null
             constraint tenants_name_check check (
               pg_catalog.char_length(name) operator(pg_catalog.>=) 1
               and pg_catalog.char_length(name) operator(pg_catalog.<=) 200),
  status     pg_catalog.text not null default 'active' constraint tenants_status_check check (
               status operator(pg_catalog.=) any (array['provisioning', 'active', 'suspended', 'maintenance',
                                                        'archived', 'deleting', 'deleted', 'failed'])),
  isolation  pg_catalog.text not null default 'schema' constraint tenants_isolation_check check (
               isolation operator(pg_catalog.=) any (array['schema', 'row', 'database'])),
  placement  pg_catalog.text not null default 'default'
             constraint tenants_placement_check check (placement operator(pg_catalog.<>) ''),
  plan       pg_catalog.text not null default 'free'
             constraint tenants_plan_check check (plan operator(pg_catalog.<>) ''),
  metadata   pg_catalog.jsonb not null default '{}'
             constraint tenants_metadata_check check (
               pg_catalog.jsonb_typeof(metadata) operator(pg_catalog.=) 'object'),
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  updated_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.tenant_domains (
  domain     pg_catalog.text collate pg_catalog."C" constraint tenant_domains_pkey primary key
             constraint tenant_domains_domain_check check (
               domain operator(pg_catalog.=) pg_catalog.lower(domain)
               and pg_catalog.char_length(domain) operator(pg_catalog.>=) 1
               and pg_catalog.char_length(domain) operator(pg_catalog.<=) 253),
  tenant_id  pg_catalog.uuid not null
             constraint tenant_domains_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  created_at timestamp (3) with time zone not null default pg_catalog.now()
);
create index tenant_domains_tenant_id_idx on rowhouse.tenant_domains (tenant_id);

create table rowhouse.tenant_api_keys (
  key_hash   pg_catalog.bytea constraint tenant_api_keys_pkey primary key
             constraint tenant_api_keys_key_hash_check check (
               pg_catalog.octet_length(key_hash) operator(pg_catalog.=) 32),
  tenant_id  pg_catalog.uuid not null
             constraint tenant_api_keys_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  label      pg_catalog.text not null
             constraint tenant_api_keys_label_check check (
               pg_catalog.char_length(label) operator(pg_catalog.>=) 1
               and pg_catalog.char_length(label) operator(pg_catalog.<=) 200),
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  revoked_at timestamp (3) with time zone
);
create index tenant_api_keys_tenant_id_idx on rowhouse.tenant_api_keys (tenant_id);
`,
};
