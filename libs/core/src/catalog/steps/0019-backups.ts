import type { CatalogStep } from './catalog-step.js';

// A file is written here before it is in the storage, and leaves the storage before it leaves here: what a process left that died is
// known. Backups of a tenant that did not change share a file. They outlive their tenants, so nothing refers to these.
export const backups: CatalogStep = {
  version: 19,
  name: 'backups of tenants',
  sql: `
create table rowhouse.backup_files (
  id          pg_catalog.uuid constraint backup_files_pkey primary key,
  tenant_id   pg_catalog.uuid not null,
  storage_key pg_catalog.text collate pg_catalog."C" not null constraint backup_files_storage_key_key unique,
  state       pg_catalog.text not null default 'writing' constraint backup_files_state_check check (
                state operator(pg_catalog.=) any (array['writing', 'whole', 'damaged', 'deleting'])),
  bytes       pg_catalog.int8,
  sha256      pg_catalog.bytea,
  content     pg_catalog.bytea,
  row_sums    pg_catalog.bytea,
  problem     pg_catalog.text,
  proven_at   timestamp (3) with time zone,
  proof_error pg_catalog.text,
  constraint backup_files_whole_check check (
    state operator(pg_catalog.=) any (array['writing', 'deleting'])
    or (bytes is not null and sha256 is not null and content is not null and row_sums is not null))
);
create index backup_files_tenant_id_idx on rowhouse.backup_files (tenant_id);
create index backup_files_unproven_idx on rowhouse.backup_files (id)
  where state operator(pg_catalog.=) 'whole' and proven_at is null;

create table rowhouse.backups (
  id          pg_catalog.uuid constraint backups_pkey primary key,
  tenant_id   pg_catalog.uuid not null,
  slug        pg_catalog.text collate pg_catalog."C" not null,
  kind        pg_catalog.text not null constraint backups_kind_check check (
                kind operator(pg_catalog.=) any (array['manual', 'scheduled'])),
  state       pg_catalog.text not null default 'running' constraint backups_state_check check (
                state operator(pg_catalog.=) any (array['running', 'complete', 'failed'])),
  file_id     pg_catalog.uuid constraint backups_file_id_fkey references rowhouse.backup_files (id),
  taken_at    timestamp (3) with time zone not null default pg_catalog.now(),
  finished_at timestamp (3) with time zone,
  tables      pg_catalog.int4,
  row_count   pg_catalog.int8,
  error       pg_catalog.text,
  constraint backups_complete_check check (
    state operator(pg_catalog.<>) 'complete' or (file_id is not null and tables is not null and row_count is not null))
);
create index backups_taken_at_idx on rowhouse.backups (taken_at desc, id desc);
create index backups_tenant_id_idx on rowhouse.backups (tenant_id, taken_at desc, id desc);
create index backups_slug_idx on rowhouse.backups (slug);
create index backups_file_id_idx on rowhouse.backups (file_id);

create table rowhouse.backup_schedule (
  task      pg_catalog.text collate pg_catalog."C" constraint backup_schedule_pkey primary key,
  tenant_id pg_catalog.uuid constraint backup_schedule_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  schedule  pg_catalog.text not null,
  due_at    timestamp (3) with time zone not null,
  failures  pg_catalog.int4 not null default 0
);
create index backup_schedule_due_at_idx on rowhouse.backup_schedule (due_at);
create index backup_schedule_tenant_id_idx on rowhouse.backup_schedule (tenant_id);
`,
};
