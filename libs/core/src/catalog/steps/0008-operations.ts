import type { CatalogStep } from './catalog-step.js';

// An operation is work that outlives the request that asked for it. The answer to a request with an Idempotency-Key is kept under a
// hash of the key and encrypted by the key, so that secrets which are shown once cannot be read here.
export const operations: CatalogStep = {
  version: 8,
  name: 'operations; idempotency keys; listings of tenants',
  sql: `
create table rowhouse.operations (
  id          pg_catalog.uuid constraint operations_pkey primary key,
  kind        pg_catalog.text collate pg_catalog."C" not null,
  state       pg_catalog.text not null default 'running' constraint operations_state_check check (
                state operator(pg_catalog.=) any (array['running', 'succeeded', 'failed', 'cancelled'])),
  tenant_id   pg_catalog.uuid,
  input       pg_catalog.jsonb not null,
  steps       pg_catalog.jsonb not null default '[]',
  progress    pg_catalog.jsonb,
  result      pg_catalog.jsonb,
  problem     pg_catalog.jsonb,
  actor       pg_catalog.jsonb,
  cancel_requested_at timestamp (3) with time zone,
  created_at  timestamp (3) with time zone not null default pg_catalog.now(),
  updated_at  timestamp (3) with time zone not null default pg_catalog.now(),
  finished_at timestamp (3) with time zone
);
create index operations_created_at_idx on rowhouse.operations (created_at desc, id desc);
create index operations_tenant_id_idx on rowhouse.operations (tenant_id, created_at desc);
create index operations_running_idx on rowhouse.operations (id) where state operator(pg_catalog.=) 'running';

create table rowhouse.idempotency_keys (
  key_hash    pg_catalog.bytea constraint idempotency_keys_pkey primary key,
  fingerprint pg_catalog.bytea not null,
  answer      pg_catalog.bytea,
  created_at  timestamp (3) with time zone not null default pg_catalog.now()
);
create index idempotency_keys_created_at_idx on rowhouse.idempotency_keys (created_at);

create index tenants_name_idx on rowhouse.tenants (name, id);
create index tenants_created_at_idx on rowhouse.tenants (created_at, id);
create index tenants_updated_at_idx on rowhouse.tenants (updated_at, id);
create index tenants_words_idx on rowhouse.tenants using gin (pg_catalog.to_tsvector(
  'simple'::pg_catalog.regconfig,
  pg_catalog.translate(slug operator(pg_catalog.||) ' ' operator(pg_catalog.||) name, '-_.@/', '     ')));
`,
};
