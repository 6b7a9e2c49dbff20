import type { CatalogStep } from './catalog-step.js';

// The source may be gone, and clones of it stay. Only a tenant that is here can expire.
export const clones: CatalogStep = {
  version: 18,
  name: 'clones of tenants',
  sql: `
create table rowhouse.tenant_clones (
  tenant_id  pg_catalog.uuid constraint tenant_clones_pkey primary key
             constraint tenant_clones_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  source_id  pg_catalog.uuid not null,
  cloned_at  timestamp (3) with time zone not null default pg_catalog.now(),
  expires_at timestamp (3) with time zone
);
create index tenant_clones_expires_at_idx on rowhouse.tenant_clones (expires_at) where expires_at is not null;
`,
};
