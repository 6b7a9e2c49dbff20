import type { CatalogStep } from './catalog-step.js';

// Apart from metric_storage: tenants who share their tables have files too, and no sizes.
export const fileMetrics: CatalogStep = {
  version: 35,
  name: 'files of tenants',
  sql: `
create table rowhouse.metric_files (
  tenant_id   pg_catalog.uuid constraint metric_files_pkey primary key,
  files       pg_catalog.int8 not null,
  bytes       pg_catalog.int8 not null,
  measured_at timestamp with time zone not null default pg_catalog.now()
);

create or replace function rowhouse.drop_metrics_of(tenants pg_catalog.uuid[]) returns void
language sql
begin atomic
  delete from rowhouse.metric_totals where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_minutes where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_hours where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_users where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_slow_statements where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_storage where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.metric_files where tenant_id operator(pg_catalog.=) any (tenants);
  delete from rowhouse.usage_counts where tenant_id operator(pg_catalog.=) any (tenants);
end;
`,
};
