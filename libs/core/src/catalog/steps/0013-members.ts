import type { CatalogStep } from './catalog-step.js';

// A member is a user of an identity provider who may enter a tenant. Of an invitation's token only the hash is kept. When a member
// was last seen is no change of the member: it is notified to nobody.
export const members: CatalogStep = {
  version: 13,
  name: 'members of tenants, and invitations',
  sql: `
create table rowhouse.members (
  id           pg_catalog.uuid constraint members_pkey primary key,
  tenant_id    pg_catalog.uuid not null
               constraint members_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  issuer       pg_catalog.text collate pg_catalog."C" not null,
  subject      pg_catalog.text collate pg_catalog."C" not null,
  email        pg_catalog.text collate pg_catalog."C" not null,
  name         pg_catalog.text not null,
  roles        pg_catalog.text[] not null
               constraint members_roles_check check (pg_catalog.cardinality(roles) operator(pg_catalog.>=) 1),
  status       pg_catalog.text not null default 'active' constraint members_status_check check (
                 status operator(pg_catalog.=) any (array['active', 'suspended'])),
  last_seen_at timestamp (3) with time zone,
  created_at   timestamp (3) with time zone not null default pg_catalog.now(),
  created_by   pg_catalog.jsonb,
  updated_at   timestamp (3) with time zone not null default pg_catalog.now(),
  constraint members_user_key unique (issuer, subject, tenant_id)
);
create unique index members_email_key on rowhouse.members (tenant_id, pg_catalog.lower(email));

create table rowhouse.member_invitations (
  id          pg_catalog.uuid constraint member_invitations_pkey primary key,
  tenant_id   pg_catalog.uuid not null
              constraint member_invitations_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  token_hash  pg_catalog.bytea not null constraint member_invitations_token_hash_key unique
              constraint member_invitations_token_hash_check check (
                pg_catalog.octet_length(token_hash) operator(pg_catalog.=) 32),
  email       pg_catalog.text collate pg_catalog."C" not null,
  roles       pg_catalog.text[] not null
              constraint member_invitations_roles_check check (pg_catalog.cardinality(roles) operator(pg_catalog.>=) 1),
  expires_at  timestamp (3) with time zone not null,
  accepted_at timestamp (3) with time zone,
  revoked_at  timestamp (3) with time zone,
  created_at  timestamp (3) with time zone not null default pg_catalog.now(),
  created_by  pg_catalog.jsonb,
  constraint member_invitations_end_check check (accepted_at is null or revoked_at is null)
);
create index member_invitations_tenant_id_idx on rowhouse.member_invitations (tenant_id, created_at desc, id desc);

create trigger members_notify after insert or delete
    or update of tenant_id, issuer, subject, email, name, roles, status on rowhouse.members
  for each row execute function rowhouse.notify_owning_tenant();
create trigger members_notify_truncate after truncate on rowhouse.members
  for each statement execute function rowhouse.notify_all_tenants();

alter table rowhouse.tenant_events add column detail pg_catalog.jsonb;

create or replace function rowhouse.write_event(
  event pg_catalog.text, tenant pg_catalog.uuid, made_by pg_catalog.jsonb, details pg_catalog.jsonb default '{}')
returns void language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare new_id int8;
begin
  insert into rowhouse.tenant_events (tenant_id, type, tenant, actor, detail)
    select t.id, event, to_jsonb(t), made_by, details -> 'detail' from rowhouse.tenants t where t.id = $2
    returning id into new_id;
  insert into rowhouse.tenant_event_deliveries (event_id, hook, tenant_id)
    select new_id, h.name, $2 from rowhouse.tenant_hooks h where new_id is not null;
  if found then perform pg_notify('rowhouse_events', ''); end if;
  insert into rowhouse.audit_pending (action, tenant_id, target, before, after, actor, reason, request_id, address)
    select 'tenant.' || event, t.id, t.slug, nullif(details -> 'before', 'null'),
           case when event <> 'purged' then jsonb_build_object('slug', t.slug, 'name', t.name, 'status', t.status,
             'isolation', t.isolation, 'placement', t.placement, 'plan', t.plan, 'metadata', t.metadata) end,
           made_by, details ->> 'reason', details ->> 'requestId', (details ->> 'address')::inet
      from rowhouse.tenants t where t.id = $2;
end $body$;
`,
};
