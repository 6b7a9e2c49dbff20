import type { CatalogStep } from './catalog-step.js';

// What has arrived of an upload are parts, each a file of its own, in their order. The bytes received are counted where a part is
// added, so that two who write at the same place cannot both succeed.
export const uploads: CatalogStep = {
  version: 32,
  name: 'uploads that can be gone on with',
  sql: `
create table rowhouse.uploads (
  id             pg_catalog.uuid constraint uploads_pkey primary key,
  size_bytes     pg_catalog.int8 not null,
  received_bytes pg_catalog.int8 not null default 0,
  parts          pg_catalog.uuid[] not null default '{}',
  created_by     pg_catalog.jsonb,
  created_at     timestamp (3) with time zone not null default pg_catalog.now(),
  expires_at     timestamp (3) with time zone not null,
  constraint uploads_received_bytes_check check (received_bytes operator(pg_catalog.<=) size_bytes)
);
create index uploads_expires_at_idx on rowhouse.uploads (expires_at);

revoke all on rowhouse.uploads from public;
`,
};
