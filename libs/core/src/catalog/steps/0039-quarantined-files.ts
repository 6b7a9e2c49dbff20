import type { CatalogStep } from './catalog-step.js';

// A quarantined file is an event of its tenant once, however often the scan is repeated that says so.
export const quarantinedFiles: CatalogStep = {
  version: 39,
  name: 'events of quarantined files',
  sql: `
create table rowhouse.quarantine_notices (
  tenant_id pg_catalog.uuid not null constraint quarantine_notices_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  file_id   pg_catalog.uuid not null,
  constraint quarantine_notices_pkey primary key (tenant_id, file_id)
);

create function rowhouse.notice_quarantine(
  tenant pg_catalog.uuid, file pg_catalog.uuid, file_name pg_catalog.text, signature pg_catalog.text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  insert into rowhouse.quarantine_notices (tenant_id, file_id) select t.id, file from rowhouse.tenants t where t.id = tenant
    on conflict do nothing;
  if not found then return; end if;
  perform rowhouse.write_event('fileQuarantined', tenant, '{"type": "service", "id": "files"}',
    jsonb_build_object('detail', jsonb_build_object('fileId', file, 'name', file_name, 'found', signature),
      'part', jsonb_build_object('action', 'file.quarantined', 'target', file)));
end $body$;
revoke all on function rowhouse.notice_quarantine from public;

do $do$
declare app pg_catalog.text;
begin
  for app in
    select g.rolname from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
      join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) a.grantee
     where n.nspname operator(pg_catalog.=) 'rowhouse' and g.rolname operator(pg_catalog.~) '_app$'
  loop
    execute pg_catalog.format('grant execute on function rowhouse.notice_quarantine to %I', app);
  end loop;
end $do$;
`,
};
