import type { CatalogStep } from './catalog-step.js';

// A tenant that is filled from an archive is undone when that is interrupted, and not finished: its rows are not here.
export const imports: CatalogStep = {
  version: 17,
  name: 'tenants made from archives',
  sql: `
alter table rowhouse.tenant_operations drop constraint tenant_operations_kind_check;
alter table rowhouse.tenant_operations add constraint tenant_operations_kind_check check (
  kind operator(pg_catalog.=) any (array['create', 'import', 'purge']));
`,
};
