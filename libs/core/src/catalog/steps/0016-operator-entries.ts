import type { CatalogStep } from './catalog-step.js';

// Of a token only the hash is kept. An entry ends at expires_at; ended_at says since when, and is written once: by whoever ends it
// early, or when its time is over.
export const operatorEntries: CatalogStep = {
  version: 16,
  name: 'entries of operators into tenants',
  sql: `
create table rowhouse.operator_entries (
  id         pg_catalog.uuid constraint operator_entries_pkey primary key,
  tenant_id  pg_catalog.uuid not null
             constraint operator_entries_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  token_hash pg_catalog.bytea not null constraint operator_entries_token_hash_key unique
             constraint operator_entries_token_hash_check check (
               pg_catalog.octet_length(token_hash) operator(pg_catalog.=) 32),
  operator   pg_catalog.jsonb not null,
  reason     pg_catalog.text not null,
  read_only  pg_catalog.bool not null,
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  expires_at timestamp (3) with time zone not null,
  ended_at   timestamp (3) with time zone,
  ended_by   pg_catalog.jsonb,
  constraint operator_entries_end_check check (ended_by is null or ended_at is not null)
);
create index operator_entries_tenant_id_idx on rowhouse.operator_entries (tenant_id, created_at desc, id desc);
create index operator_entries_open_idx on rowhouse.operator_entries (expires_at) where ended_at is null;

create function rowhouse.notify_operator_entry() returns pg_catalog.trigger language plpgsql as $body$
begin
  perform pg_catalog.pg_notify('rowhouse_entries', old.id::pg_catalog.text);
  return null;
end $body$;
create trigger operator_entries_notify after update or delete on rowhouse.operator_entries
  for each row execute function rowhouse.notify_operator_entry();
`,
};
