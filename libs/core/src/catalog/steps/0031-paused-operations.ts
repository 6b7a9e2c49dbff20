import type { CatalogStep } from './catalog-step.js';

// An operation that was paused is gone on with when it is resumed, by whichever process; until then nobody works on it.
export const pausedOperations: CatalogStep = {
  version: 31,
  name: 'operations that are paused',
  sql: `
alter table rowhouse.operations add column pause_requested_at timestamp (3) with time zone;
alter table rowhouse.operations drop constraint operations_state_check;
alter table rowhouse.operations add constraint operations_state_check check (
  state operator(pg_catalog.=) any (array['running', 'paused', 'succeeded', 'failed', 'cancelled']));
`,
};
