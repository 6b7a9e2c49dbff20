import type { CatalogStep } from './catalog-step.js';

// What each instance of an app says of its tenants every two seconds, one row each, and who is a noisy neighbour, or may become one. A
// crash of the server empties the first. A tenant may live in a store outside of the catalog, so there are no foreign keys.
export const activity: CatalogStep = {
  version: 30,
  name: 'what tenants do now',
  sql: `
create unlogged table rowhouse.activity_reports (
  instance             pg_catalog.uuid constraint activity_reports_pkey primary key,
  at                   timestamp with time zone not null,
  database_ms          pg_catalog.float8 not null,
  ms_without_tenant    pg_catalog.float8 not null,
  connections          pg_catalog.float8 not null,
  waiting              pg_catalog.float8 not null,
  capacity             pg_catalog.float8 not null,
  tenant_ids           pg_catalog.uuid[] not null,
  tenant_ms            pg_catalog.float8[] not null,
  tenant_connections   pg_catalog.float8[] not null,
  tenant_waiting       pg_catalog.float8[] not null,
  tenant_throttled     pg_catalog.int4[] not null,
  statements           pg_catalog.jsonb not null
) with (fillfactor = 50);

create table rowhouse.noisy_tenants (
  tenant_id   pg_catalog.uuid constraint noisy_tenants_pkey primary key,
  over_since  timestamp with time zone not null,
  noisy_since timestamp with time zone,
  under_since timestamp with time zone,
  seen_at     timestamp with time zone not null
) with (fillfactor = 50);
`,
};
