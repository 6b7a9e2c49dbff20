import type { CatalogStep } from './catalog-step.js';

const TABLES = ['metric_totals', 'metric_minutes', 'metric_hours'];

// With a default: instances of the release before go on to flush what they count.
export const cacheMetrics: CatalogStep = {
  version: 34,
  name: 'hits and misses of query caches',
  sql: TABLES.map(
    (table) => `
alter table rowhouse.${table}
  add column cache_hits pg_catalog.int8 not null default 0,
  add column cache_misses pg_catalog.int8 not null default 0;
`,
  ).join(''),
};
