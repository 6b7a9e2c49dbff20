import type { CatalogStep } from './catalog-step.js';

// Sessions of operators are in their cookies alone. One that was ended before its time stands here until it would have expired, by a
// hash of what only its cookie has.
export const endedSessions: CatalogStep = {
  version: 33,
  name: 'sessions of operators that were ended',
  sql: `
create table rowhouse.ended_sessions (
  token_hash pg_catalog.bytea constraint ended_sessions_pkey primary key,
  expires_at timestamp (3) with time zone not null
);
create index ended_sessions_expires_at_idx on rowhouse.ended_sessions (expires_at);

revoke all on rowhouse.ended_sessions from public;
`,
};
