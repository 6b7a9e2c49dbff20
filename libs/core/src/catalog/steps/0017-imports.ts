import type { CatalogStep } from './catalog-step.js';

// A tenant that is filled from an archive is undone when that is interrupted, and not finished: its rows are not here. Without the
// pending list of its index, a search reads no tenants that have nothing of it (manual, "GIN Fast Update Technique").
export const imports: CatalogStep = {
  version: 17,
  name: 'tenants made from archives; search of tenants',
  sql: `
alter table rowhouse.tenant_operations drop constraint tenant_operations_kind_check;
alter table rowhouse.tenant_operations add constraint tenant_operations_kind_check check (
  kind operator(pg_catalog.=) any (array['create', 'import', 'purge']));

alter index rowhouse.tenants_words_idx set (fastupdate = off);
select pg_catalog.gin_clean_pending_list('rowhouse.tenants_words_idx'::pg_catalog.regclass);
`,
};
