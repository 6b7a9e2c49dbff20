import type { CatalogStep } from './catalog-step.js';

// An event gets its deliveries in its own transaction, by a trigger, whoever writes it: the application's login may, and may not read
// webhooks. A webhook without a tenant hears of all tenants. Secrets are encrypted by the key that is named beside them. A delivery is
// leased to the process that sends it; while nobody does, `lease` is of no meaning.
export const webhooks: CatalogStep = {
  version: 15,
  name: 'webhooks and their deliveries',
  sql: `
create table rowhouse.webhooks (
  id               pg_catalog.uuid default pg_catalog.gen_random_uuid() constraint webhooks_pkey primary key,
  tenant_id        pg_catalog.uuid constraint webhooks_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  url              pg_catalog.text not null,
  description      pg_catalog.text not null,
  events           pg_catalog.text[] not null,
  disabled_at      timestamp (3) with time zone,
  disabled_because pg_catalog.text constraint webhooks_disabled_because_check check (
                     disabled_because operator(pg_catalog.=) any (array['operator', 'gone'])),
  created_at       timestamp (3) with time zone not null default pg_catalog.now(),
  created_by       pg_catalog.jsonb,
  updated_at       timestamp (3) with time zone not null default pg_catalog.now(),
  constraint webhooks_disabled_check check ((disabled_at is null) operator(pg_catalog.=) (disabled_because is null))
);
create index webhooks_created_at_idx on rowhouse.webhooks (created_at desc, id desc);
create index webhooks_tenant_id_idx on rowhouse.webhooks (tenant_id, created_at desc, id desc);

create table rowhouse.webhook_secrets (
  id         pg_catalog.uuid default pg_catalog.gen_random_uuid() constraint webhook_secrets_pkey primary key,
  webhook_id pg_catalog.uuid not null
             constraint webhook_secrets_webhook_id_fkey references rowhouse.webhooks (id) on delete cascade,
  key_id     pg_catalog.text collate pg_catalog."C" not null,
  ciphertext pg_catalog.bytea not null,
  created_at timestamp (3) with time zone not null default pg_catalog.now(),
  expires_at timestamp (3) with time zone
);
create index webhook_secrets_webhook_id_idx on rowhouse.webhook_secrets (webhook_id);
create unique index webhook_secrets_current_key on rowhouse.webhook_secrets (webhook_id) where expires_at is null;

create table rowhouse.webhook_deliveries (
  id              pg_catalog.uuid default pg_catalog.gen_random_uuid() constraint webhook_deliveries_pkey primary key,
  webhook_id      pg_catalog.uuid not null
                  constraint webhook_deliveries_webhook_id_fkey references rowhouse.webhooks (id) on delete cascade,
  event_id        pg_catalog.int8
                  constraint webhook_deliveries_event_id_fkey references rowhouse.tenant_events (id) on delete cascade,
  type            pg_catalog.text not null,
  status          pg_catalog.text not null default 'pending' constraint webhook_deliveries_status_check check (
                    status operator(pg_catalog.=) any (array['pending', 'delivered', 'dead'])),
  attempts        pg_catalog.int4 not null default 0,
  lease           pg_catalog.uuid,
  next_attempt_at timestamp (3) with time zone default pg_catalog.now(),
  attempted_at    timestamp (3) with time zone,
  response_status pg_catalog.int4,
  failure         pg_catalog.text,
  created_at      timestamp (3) with time zone not null default pg_catalog.now(),
  ended_at        timestamp (3) with time zone,
  constraint webhook_deliveries_pending_check check (
    (status operator(pg_catalog.=) 'pending') operator(pg_catalog.=) (next_attempt_at is not null)
    and (status operator(pg_catalog.=) 'pending') operator(pg_catalog.=) (ended_at is null))
);
create index webhook_deliveries_created_at_idx on rowhouse.webhook_deliveries (webhook_id, created_at desc, id desc);
create index webhook_deliveries_event_id_idx on rowhouse.webhook_deliveries (event_id);
create index webhook_deliveries_pending_idx on rowhouse.webhook_deliveries (webhook_id, next_attempt_at, id)
  where status operator(pg_catalog.=) 'pending';
create index webhook_deliveries_ended_at_idx on rowhouse.webhook_deliveries (ended_at) where ended_at is not null;

create function rowhouse.make_webhook_deliveries() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  -- Locked, so that one which is removed at the same moment is skipped, and does not fail the change of the tenant.
  insert into rowhouse.webhook_deliveries (webhook_id, event_id, type)
    select w.id, new.id, 'tenant.' || new.type from (
      select w.id from rowhouse.webhooks w
       where w.disabled_at is null and (w.tenant_id is null or w.tenant_id = new.tenant_id)
         and (w.events = '{}' or 'tenant.' || new.type = any (w.events))
         for key share) w;
  if found then perform pg_notify('rowhouse_webhooks', ''); end if;
  return null;
end $body$;
revoke all on function rowhouse.make_webhook_deliveries from public;
create trigger tenant_events_webhooks after insert on rowhouse.tenant_events
  for each row execute function rowhouse.make_webhook_deliveries();
`,
};
