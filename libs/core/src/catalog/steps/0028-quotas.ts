import type { CatalogStep } from './catalog-step.js';

// When a tenant was last found near a quota, or at it: that is an event once a day, whichever instance finds it.
export const quotas: CatalogStep = {
  version: 28,
  name: 'events of quotas',
  sql: `
create table rowhouse.quota_notices (
  tenant_id pg_catalog.uuid not null constraint quota_notices_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  quota     pg_catalog.text collate pg_catalog."C" not null,
  event     pg_catalog.text not null constraint quota_notices_event_check check (
              event operator(pg_catalog.=) any (array['quotaNear', 'quotaReached'])),
  day       pg_catalog.date not null,
  constraint quota_notices_pkey primary key (tenant_id, quota, event)
);

create function rowhouse.notice_quota(
  tenant pg_catalog.uuid, quota_name pg_catalog.text, event_type pg_catalog.text, used pg_catalog.float8, quota_limit pg_catalog.float8)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  insert into rowhouse.quota_notices as q (tenant_id, quota, event, day)
    select t.id, quota_name, event_type, (now() at time zone 'UTC')::date from rowhouse.tenants t where t.id = tenant
    on conflict (tenant_id, quota, event) do update set day = excluded.day where q.day < excluded.day;
  if not found then return; end if;
  perform rowhouse.write_event(event_type, tenant, '{"type": "service", "id": "quotas"}',
    jsonb_build_object('detail', jsonb_build_object('quota', quota_name, 'used', used, 'limit', quota_limit),
      'part', jsonb_build_object(
        'action', case event_type when 'quotaNear' then 'quota.near' else 'quota.reached' end, 'target', quota_name)));
end $body$;
revoke all on function rowhouse.notice_quota from public;

do $do$
declare app pg_catalog.text;
begin
  for app in
    select g.rolname from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
      join pg_catalog.pg_roles g on g.oid operator(pg_catalog.=) a.grantee
     where n.nspname operator(pg_catalog.=) 'rowhouse' and g.rolname operator(pg_catalog.~) '_app$'
  loop
    execute pg_catalog.format('grant execute on function rowhouse.notice_quota to %I', app);
  end loop;
end $do$;
`,
};
