import { HOLDS_ROWS_OF_TENANTS, JOURNAL_SCHEMA } from '@rowhouse/core/internal';
import type { Client } from '../home/tables.js';

const VERSION = 'Rowhouse: what rows were, version 1';

/**
 * `record` runs as the owner for each row that a transaction writes, whoever writes it: its arguments are the tenants whose rows are
 * recorded, after `own` where all rows of the table are of one tenant. It writes a row as text, which every type can be read from.
 *
 * `migrated` runs for each migration that a home is noted to have had, or no more: tables that it made get the triggers.
 *
 * `origin` is another in each server and database, and after a dump was restored: oids and the numbers of transactions are others then.
 *
 * `ended` runs when a transaction commits: the time that it writes is later than the commits of all transactions whose rows this one
 * saw, and earlier than its own.
 */
const SQL = `
create schema rowhouse_journal;
revoke all on schema rowhouse_journal from public;

create table rowhouse_journal.take_backs (
  id pg_catalog.uuid primary key,
  tenant_id pg_catalog.uuid not null,
  taken_at pg_catalog.timestamptz not null default pg_catalog.clock_timestamp(),
  source pg_catalog.text not null,
  history pg_catalog.text[] not null,
  tables pg_catalog.jsonb not null,
  xid pg_catalog.xid8,
  is_done pg_catalog.bool not null default false,
  undone_xid pg_catalog.xid8
);
create index take_backs_tenant_idx on rowhouse_journal.take_backs (tenant_id, taken_at);
create table rowhouse_journal.take_back_rows (
  take_back_id pg_catalog.uuid not null references rowhouse_journal.take_backs on delete cascade,
  "table" pg_catalog.int4 not null,
  n pg_catalog.int8 not null,
  before pg_catalog.text[],
  after pg_catalog.text[],
  primary key (take_back_id, "table", n)
);

create table rowhouse_journal.journals (
  tenant_id pg_catalog.uuid primary key,
  is_own pg_catalog.bool not null,
  since pg_catalog.timestamptz not null,
  origin pg_catalog.text not null
);
create table rowhouse_journal.transactions (
  xid pg_catalog.xid8 primary key,
  at pg_catalog.timestamptz
);
create index transactions_at_idx on rowhouse_journal.transactions (at);
create table rowhouse_journal.changes (
  tenant_id pg_catalog.uuid not null,
  xid pg_catalog.xid8 not null,
  relation pg_catalog.oid not null,
  before pg_catalog.text,
  after pg_catalog.text
);
create index changes_tenant_idx on rowhouse_journal.changes (tenant_id, xid);
create table rowhouse_journal.migrations (
  xid pg_catalog.xid8 not null,
  relation pg_catalog.oid not null,
  name pg_catalog.text not null
);

create function rowhouse_journal.origin() returns text language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  server text;
begin
  begin
    select system_identifier into server from pg_control_system();
  exception when insufficient_privilege then
    server := 'unknown';
  end;
  return concat_ws(' ', server, (select oid from pg_database where datname = current_database()),
    'rowhouse_journal.journals'::regclass::oid);
end $$;

create function rowhouse_journal.begun() returns void language plpgsql as $$
begin
  if exists (select from rowhouse_journal.transactions t where t.xid = pg_catalog.pg_current_xact_id() and t.at is null) then
    return;
  end if;
  insert into rowhouse_journal.transactions as t (xid) values (pg_catalog.pg_current_xact_id())
    on conflict (xid) do update set at = null where t.at is not null;
end $$;

create function rowhouse_journal.ended() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  update rowhouse_journal.transactions set at = clock_timestamp() where xid = new.xid;
  return null;
end $$;
create constraint trigger ended after insert or update on rowhouse_journal.transactions deferrable initially deferred
  for each row when (new.at is null) execute function rowhouse_journal.ended();

create function rowhouse_journal.record() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set extra_float_digits = 3
  set lc_monetary = 'C' set timezone = 'UTC' as $$
declare
  before text;
  after text;
  owner_before uuid;
  owner_after uuid;
begin
  if tg_op = 'TRUNCATE' then
    execute format('insert into rowhouse_journal.changes (tenant_id, xid, relation, before)
      select %s, pg_current_xact_id(), %s, t::text from only %s t %s',
      case tg_argv[0] when 'own' then quote_literal(tg_argv[1]) || '::uuid' else 't.tenant_id' end,
      tg_relid, tg_relid::regclass,
      case tg_argv[0] when 'own' then '' else 'where t.tenant_id::text = any (' || quote_literal(tg_argv::text) || '::text[])' end);
    perform rowhouse_journal.begun();
    return null;
  end if;
  if tg_argv[0] = 'own' then
    owner_before := tg_argv[1]::uuid;
    owner_after := owner_before;
  else
    if tg_op <> 'INSERT' then owner_before := old.tenant_id; end if;
    if tg_op <> 'DELETE' then owner_after := new.tenant_id; end if;
  end if;
  if tg_op <> 'INSERT' and owner_before::text = any (tg_argv) then before := old::text; end if;
  if tg_op <> 'DELETE' and owner_after::text = any (tg_argv) then after := new::text; end if;
  if before is not distinct from after then return null; end if;
  if before is not null and after is not null and owner_before <> owner_after then
    insert into rowhouse_journal.changes (tenant_id, xid, relation, before)
      values (owner_before, pg_current_xact_id(), tg_relid, before);
    before := null;
  end if;
  insert into rowhouse_journal.changes (tenant_id, xid, relation, before, after)
    values (case when after is null then owner_before else owner_after end, pg_current_xact_id(), tg_relid, before, after);
  perform rowhouse_journal.begun();
  return null;
end $$;

create function rowhouse_journal.attach(history pg_catalog.regclass, tenants pg_catalog.text[], missing_only pg_catalog.bool)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  relation regclass;
  arguments text := (select string_agg(quote_literal(t), ', ') from unnest(tenants) t);
begin
  for relation in
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and not c.relispartition and c.oid <> history
       and case tenants[1] when 'own' then n.oid = (select relnamespace from pg_class where oid = history)
                           else ${HOLDS_ROWS_OF_TENANTS} end
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
       and not (missing_only and exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'rowhouse_journal'))
  loop
    execute format('create or replace trigger rowhouse_journal after insert or update or delete on %s
      for each row execute function rowhouse_journal.record(%s)', relation, arguments);
    execute format('create or replace trigger rowhouse_journal_truncate before truncate on %s
      for each statement execute function rowhouse_journal.record(%s)', relation, arguments);
    execute format('alter table %s enable always trigger rowhouse_journal', relation);
    execute format('alter table %s enable always trigger rowhouse_journal_truncate', relation);
  end loop;
  if not missing_only then
    execute format('create or replace trigger rowhouse_journal after insert or update or delete on %s
      for each row execute function rowhouse_journal.migrated(%s)', history, arguments);
    execute format('alter table %s enable always trigger rowhouse_journal', history);
  end if;
end $$;

create function rowhouse_journal.detach(history pg_catalog.regclass, of_own pg_catalog.bool)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  found record;
begin
  for found in
    select t.tgname, t.tgrelid::regclass as relation from pg_trigger t join pg_class c on c.oid = t.tgrelid
      join pg_namespace n on n.oid = c.relnamespace
     where starts_with(t.tgname::text, 'rowhouse_journal') and not t.tgisinternal
       and (t.tgrelid = history or case when of_own then n.oid = (select relnamespace from pg_class where oid = history)
                                        else ${HOLDS_ROWS_OF_TENANTS} end)
  loop
    execute format('drop trigger %I on %s', found.tgname, found.relation);
  end loop;
end $$;

create function rowhouse_journal.migrated() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  insert into rowhouse_journal.migrations (xid, relation, name)
    values (pg_current_xact_id(), tg_relid, case tg_op when 'DELETE' then old.name else new.name end);
  perform rowhouse_journal.begun();
  perform rowhouse_journal.attach(tg_relid::regclass, array(select unnest(tg_argv)), true);
  return null;
end $$;

create function rowhouse_journal.forget(tenant pg_catalog.uuid) returns void language plpgsql as $$
begin
  delete from rowhouse_journal.changes where tenant_id = tenant;
  delete from rowhouse_journal.journals where tenant_id = tenant;
  delete from rowhouse_journal.take_backs where tenant_id = tenant;
end $$;

revoke all on all functions in schema rowhouse_journal from public;
comment on schema rowhouse_journal is '${VERSION}';
`;

/** Makes the schema in this database, unless it is there. */
export async function openJournalSchema(owner: Client): Promise<void> {
  if (await hasJournalSchema(owner)) return;
  try {
    // Statements in one message are one transaction.
    await owner.query(SQL);
  } catch (error) {
    // Another process may have made it at the same time.
    if (!(await hasJournalSchema(owner))) throw error;
  }
}

export async function hasJournalSchema(owner: Client): Promise<boolean> {
  const { rows } = await owner.query<{ version: string | null }>(
    `select pg_catalog.obj_description(pg_catalog.to_regnamespace($1)::pg_catalog.oid, 'pg_namespace') as version`,
    [JOURNAL_SCHEMA],
  );
  return rows[0]?.version === VERSION;
}
