import type { CatalogStep } from './catalog-step.js';

// An audit entry is asked for in the transaction of its change, and written when that commits: a deferred trigger locks the head of
// the chain last of all, so that numbers have no gaps, nobody waits while a home is made, and no two transactions lock in another order.
//
// Entries of a month are a partition. What is said of truncation cannot be inherited by partitions, so each has its own trigger.
export const audit: CatalogStep = {
  version: 10,
  name: 'the audit trail',
  sql: `
create table rowhouse.audit_entries (
  seq           pg_catalog.int8 not null,
  at            timestamp (3) with time zone not null,
  actor         pg_catalog.jsonb,
  request_id    pg_catalog.text,
  address       pg_catalog.inet,
  action        pg_catalog.text collate pg_catalog."C" not null,
  tenant_id     pg_catalog.uuid,
  target        pg_catalog.text,
  before        pg_catalog.jsonb,
  after         pg_catalog.jsonb,
  reason        pg_catalog.text,
  previous_hash pg_catalog.bytea not null,
  hash          pg_catalog.bytea not null,
  constraint audit_entries_pkey primary key (seq, at)
) partition by range (at);
create index audit_entries_tenant_id_idx on rowhouse.audit_entries (tenant_id, seq desc);
create index audit_entries_actor_idx on rowhouse.audit_entries ((actor operator(pg_catalog.->>) 'id'), seq desc);

create table rowhouse.audit_head (
  is_head pg_catalog.bool default true constraint audit_head_pkey primary key
          constraint audit_head_is_head_check check (is_head),
  seq     pg_catalog.int8 not null,
  at      timestamp (3) with time zone not null,
  hash    pg_catalog.bytea not null
);
insert into rowhouse.audit_head (seq, at, hash)
  values (0, '-infinity', pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex'));

create table rowhouse.audit_checkpoints (
  seq        pg_catalog.int8 constraint audit_checkpoints_pkey primary key,
  hash       pg_catalog.bytea not null,
  entries    pg_catalog.int8 not null,
  dropped_at timestamp (3) with time zone not null default pg_catalog.now()
);

create table rowhouse.audit_pending (
  id         pg_catalog.int8 generated always as identity constraint audit_pending_pkey primary key,
  actor      pg_catalog.jsonb,
  request_id pg_catalog.text,
  address    pg_catalog.inet,
  action     pg_catalog.text not null constraint audit_pending_action_check check (
               action operator(pg_catalog.~) '^[a-z][a-z_]*([.][a-z][a-z_]*)+$'),
  tenant_id  pg_catalog.uuid,
  target     pg_catalog.text,
  before     pg_catalog.jsonb,
  after      pg_catalog.jsonb,
  reason     pg_catalog.text
);

create function rowhouse.audit_masked(value pg_catalog.jsonb, depth pg_catalog.int4 default 0)
returns pg_catalog.jsonb language plpgsql immutable set search_path = pg_catalog, pg_temp as $body$
begin
  if jsonb_typeof(value) = 'object' then
    if depth >= 20 then return '"…"'; end if;
    return coalesce((
      select jsonb_object_agg(m.key, case
          when jsonb_typeof(m.value) <> 'null'
            and m.key ~* '(passw|passphrase|secret|token|key|hash|credential)'
            and m.key !~ '(_id|Id|_ids|Ids|_prefix|Prefix|_label|Label)$' then '"•••"'::jsonb
          else rowhouse.audit_masked(m.value, depth + 1)
        end)
        from jsonb_each(value) m), '{}');
  elsif jsonb_typeof(value) = 'array' then
    if depth >= 20 then return '"…"'; end if;
    return coalesce((
      select jsonb_agg(rowhouse.audit_masked(m.value, depth + 1) order by m.ordinality)
        from jsonb_array_elements(value) with ordinality m), '[]');
  end if;
  return value;
end $body$;

create function rowhouse.audit_hash(entry rowhouse.audit_entries)
returns pg_catalog.bytea language sql stable set search_path = pg_catalog, pg_temp as $body$
  select sha256(convert_to(jsonb_build_array(
    (entry).seq, to_char(timezone('UTC', (entry).at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), (entry).actor, (entry).request_id,
    (entry).address::text, (entry).action, (entry).tenant_id, (entry).target, (entry).before, (entry).after, (entry).reason,
    encode((entry).previous_hash, 'hex'))::text, 'UTF8'))
$body$;

create function rowhouse.append_audit(
  action pg_catalog.text, tenant pg_catalog.uuid, target pg_catalog.text, before pg_catalog.jsonb, after pg_catalog.jsonb,
  made_by pg_catalog.jsonb, reason pg_catalog.text, request pg_catalog.text, address pg_catalog.inet)
returns void language sql security definer set search_path = pg_catalog, pg_temp as $body$
  insert into rowhouse.audit_pending (action, tenant_id, target, before, after, actor, reason, request_id, address)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
$body$;

create function rowhouse.prepare_audit() returns pg_catalog.trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  new.target := left(new.target, 500);
  new.reason := left(new.reason, 500);
  new.request_id := left(new.request_id, 200);
  new.before := rowhouse.audit_masked(new.before);
  new.after := rowhouse.audit_masked(new.after);
  return new;
end $body$;

create function rowhouse.make_audit_partition(at timestamp with time zone)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare
  month timestamp := date_trunc('month', timezone('UTC', at));
  name text := 'audit_entries_' || to_char(month, 'YYYY_MM');
begin
  if to_regclass('rowhouse.' || name) is not null then return; end if;
  execute format('create table rowhouse.%I (like rowhouse.audit_entries including all)', name);
  -- Attached, it is made without waiting for those who read.
  execute format('alter table rowhouse.audit_entries attach partition rowhouse.%I for values from (%L) to (%L)', name,
    to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
  execute format('create trigger audit_entries_no_truncate before truncate on rowhouse.%I
    for each statement execute function rowhouse.refuse_audit_change()', name);
end $body$;

create function rowhouse.chain_audit() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  head rowhouse.audit_head;
  entry rowhouse.audit_entries;
begin
  select * into strict head from rowhouse.audit_head for update;
  entry.seq := head.seq + 1;
  -- A clock that is set back would put entries out of their order.
  entry.at := greatest(date_trunc('milliseconds', clock_timestamp()), head.at);
  entry.actor := new.actor;
  entry.request_id := new.request_id;
  entry.address := new.address;
  entry.action := new.action;
  entry.tenant_id := new.tenant_id;
  entry.target := new.target;
  entry.before := new.before;
  entry.after := new.after;
  entry.reason := new.reason;
  entry.previous_hash := head.hash;
  entry.hash := rowhouse.audit_hash(entry);
  perform rowhouse.make_audit_partition(entry.at);
  update rowhouse.audit_head set seq = entry.seq, at = entry.at, hash = entry.hash;
  insert into rowhouse.audit_entries select (entry).*;
  delete from rowhouse.audit_pending where id = new.id;
  return null;
end $body$;

create function rowhouse.require_chained() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  if exists (select from rowhouse.audit_head h where h.seq = new.seq and h.hash = new.hash)
    and new.hash = rowhouse.audit_hash(new) then return new; end if;
  raise exception 'audit entries are appended by rowhouse.append_audit' using errcode = 'insufficient_privilege';
end $body$;

create function rowhouse.refuse_audit_change() returns pg_catalog.trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  raise exception 'the audit trail is never changed' using errcode = 'insufficient_privilege';
end $body$;

create function rowhouse.require_next_head() returns pg_catalog.trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  if new.seq = old.seq + 1 and new.at >= old.at then return new; end if;
  raise exception 'the audit trail is never changed' using errcode = 'insufficient_privilege';
end $body$;

create function rowhouse.drop_audit_before(
  day pg_catalog.date, made_by pg_catalog.jsonb default null, reason pg_catalog.text default null,
  request pg_catalog.text default null, address pg_catalog.inet default null, out entries pg_catalog.int8, out last_seq pg_catalog.int8)
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $body$
declare
  head rowhouse.audit_head;
  part record;
  last record;
  counted int8;
  hash bytea;
begin
  if day is null or day > timezone('UTC', now())::date then
    raise exception 'the day is in the future' using errcode = 'invalid_parameter_value';
  end if;
  select * into strict head from rowhouse.audit_head for update;
  entries := 0;
  for part in
    select c.relname as name,
           make_date(substr(c.relname, 15, 4)::int4, substr(c.relname, 20, 2)::int4, 1) + interval '1 month' as ends
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'rowhouse.audit_entries'::regclass order by c.relname
  loop
    exit when part.ends > day;
    execute format('select count(*) from rowhouse.%I', part.name) into counted;
    execute format('select e.seq, e.hash from rowhouse.%I e order by e.seq desc limit 1', part.name) into last;
    if counted > 0 then
      entries := entries + counted;
      last_seq := last.seq;
      hash := last.hash;
    end if;
    execute format('drop table rowhouse.%I', part.name);
  end loop;
  if last_seq is null then return; end if;
  insert into rowhouse.audit_checkpoints (seq, hash, entries) values (last_seq, hash, entries);
  perform rowhouse.append_audit('audit.dropped', null, null, null,
    jsonb_build_object('before', day, 'entries', entries, 'lastSeq', last_seq, 'checkpoint', encode(hash, 'hex')),
    made_by, reason, request, address);
end $body$;

create trigger audit_pending_prepare before insert on rowhouse.audit_pending
  for each row execute function rowhouse.prepare_audit();
create trigger audit_pending_no_change before update on rowhouse.audit_pending
  for each row execute function rowhouse.refuse_audit_change();
create constraint trigger audit_pending_chain after insert on rowhouse.audit_pending deferrable initially deferred
  for each row execute function rowhouse.chain_audit();
create trigger audit_entries_chained before insert on rowhouse.audit_entries
  for each row execute function rowhouse.require_chained();
create trigger audit_entries_no_change before update or delete on rowhouse.audit_entries
  for each row execute function rowhouse.refuse_audit_change();
create trigger audit_entries_no_truncate before truncate on rowhouse.audit_entries
  for each statement execute function rowhouse.refuse_audit_change();
create trigger audit_head_next before update on rowhouse.audit_head
  for each row execute function rowhouse.require_next_head();
create trigger audit_head_no_delete before delete on rowhouse.audit_head
  for each row execute function rowhouse.refuse_audit_change();
create trigger audit_head_no_truncate before truncate on rowhouse.audit_head
  for each statement execute function rowhouse.refuse_audit_change();
create trigger audit_checkpoints_no_change before update or delete on rowhouse.audit_checkpoints
  for each row execute function rowhouse.refuse_audit_change();
create trigger audit_checkpoints_no_truncate before truncate on rowhouse.audit_checkpoints
  for each statement execute function rowhouse.refuse_audit_change();

revoke all on rowhouse.audit_entries, rowhouse.audit_head, rowhouse.audit_checkpoints, rowhouse.audit_pending from public;
revoke all on function rowhouse.append_audit, rowhouse.drop_audit_before, rowhouse.make_audit_partition from public;

drop function rowhouse.write_event(pg_catalog.text, pg_catalog.uuid, pg_catalog.jsonb);

-- By three arguments it is called by the release before, which may still be at work.
create function rowhouse.write_event(
  event pg_catalog.text, tenant pg_catalog.uuid, made_by pg_catalog.jsonb, details pg_catalog.jsonb default '{}')
returns void language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare new_id int8;
begin
  insert into rowhouse.tenant_events (tenant_id, type, tenant, actor)
    select t.id, event, to_jsonb(t), made_by from rowhouse.tenants t where t.id = $2
    returning id into new_id;
  insert into rowhouse.tenant_event_deliveries (event_id, hook, tenant_id)
    select new_id, h.name, $2 from rowhouse.tenant_hooks h where new_id is not null;
  if found then perform pg_notify('rowhouse_events', ''); end if;
  -- With the rights of the caller: who may write events may have them audited.
  insert into rowhouse.audit_pending (action, tenant_id, target, before, after, actor, reason, request_id, address)
    select 'tenant.' || event, t.id, t.slug, nullif(details -> 'before', 'null'),
           case when event <> 'purged' then jsonb_build_object('slug', t.slug, 'name', t.name, 'status', t.status,
             'isolation', t.isolation, 'placement', t.placement, 'plan', t.plan, 'metadata', t.metadata) end,
           made_by, details ->> 'reason', details ->> 'requestId', (details ->> 'address')::inet
      from rowhouse.tenants t where t.id = $2;
end $body$;

do $do$
declare grantee pg_catalog.oid;
begin
  for grantee in
    select distinct a.grantee from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
     where c.oid operator(pg_catalog.=) 'rowhouse.tenant_events'::pg_catalog.regclass
       and a.privilege_type operator(pg_catalog.=) 'INSERT' and a.grantee operator(pg_catalog.<>) c.relowner
       and a.grantee operator(pg_catalog.<>) 0
  loop
    execute pg_catalog.format('grant insert on rowhouse.audit_pending to %s', grantee::pg_catalog.regrole);
  end loop;
end $do$;
`,
};
