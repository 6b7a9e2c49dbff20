import type { CatalogStep } from './catalog-step.js';

// An archive outlives its tenant, until it expires. Its links are signed by a key of its own, so that they end with it. Rows of
// purged_tables are what a purge has counted so far; the certificate, which outlives the tenant too, is made of them.
export const exports: CatalogStep = {
  version: 20,
  name: 'archives of tenants; certificates of deletion',
  sql: `
create table rowhouse.exports (
  id         pg_catalog.uuid constraint exports_pkey primary key,
  tenant_id  pg_catalog.uuid not null,
  slug       pg_catalog.text collate pg_catalog."C" not null,
  size_bytes pg_catalog.int8 not null,
  sha256     pg_catalog.bytea not null,
  tables     pg_catalog.jsonb not null,
  link_key   pg_catalog.bytea not null,
  created_by pg_catalog.jsonb,
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  expires_at timestamp (3) with time zone not null
);
create index exports_created_at_idx on rowhouse.exports (created_at desc, id desc);
create index exports_tenant_id_idx on rowhouse.exports (tenant_id, created_at desc, id desc);
create index exports_expires_at_idx on rowhouse.exports (expires_at);

create table rowhouse.purged_tables (
  tenant_id pg_catalog.uuid
            constraint purged_tables_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  name      pg_catalog.text,
  rows      pg_catalog.int8,
  constraint purged_tables_pkey primary key (tenant_id, name)
);

create table rowhouse.deletion_certificates (
  tenant_id   pg_catalog.uuid constraint deletion_certificates_pkey primary key,
  slug        pg_catalog.text collate pg_catalog."C" not null,
  certificate pg_catalog.text not null,
  jws         pg_catalog.text,
  created_at  timestamp (3) with time zone not null default pg_catalog.now()
);
create index deletion_certificates_slug_idx on rowhouse.deletion_certificates (slug, created_at desc);

revoke all on rowhouse.exports, rowhouse.purged_tables, rowhouse.deletion_certificates from public;
`,
};
