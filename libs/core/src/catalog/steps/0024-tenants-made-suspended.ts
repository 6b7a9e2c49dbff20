import type { CatalogStep } from './catalog-step.js';

// A suspended customer is backed up by schedule; a copy that nobody has put into service is not. A tenant leaves when it is activated.
export const tenantsMadeSuspended: CatalogStep = {
  version: 24,
  name: 'tenants that were made suspended',
  sql: `
create table rowhouse.tenants_made_suspended (
  tenant_id pg_catalog.uuid constraint tenants_made_suspended_pkey primary key
            constraint tenants_made_suspended_tenant_id_fkey references rowhouse.tenants (id) on delete cascade
);
`,
};
