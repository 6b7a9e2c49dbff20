import type { CatalogStep } from './catalog-step.js';

// What a purge has counted of the contents that companions keep; as purged_tables, for the certificate.
export const purgedContents: CatalogStep = {
  version: 37,
  name: 'contents of purged tenants',
  sql: `
create table rowhouse.purged_contents (
  tenant_id pg_catalog.uuid
            constraint purged_contents_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  name      pg_catalog.text,
  objects   pg_catalog.int8 not null,
  bytes     pg_catalog.int8 not null,
  constraint purged_contents_pkey primary key (tenant_id, name)
);
revoke all on rowhouse.purged_contents from public;
`,
};
