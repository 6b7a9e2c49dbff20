import type { CatalogStep } from './catalog-step.js';

// A name stays registered when its handler is removed from the app: the time says whether any worker still handles it.
export const handledJobs: CatalogStep = {
  version: 27,
  name: 'when a worker last handled jobs of a name',
  sql: 'alter table rowhouse.job_queues add column handled_at timestamp with time zone',
};
