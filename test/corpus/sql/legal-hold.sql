-- What is kept by law: tables that only grow, rows that are marked and not deleted, rows that policies hide from everybody, and an
-- event trigger that refuses some changes of the structure, at some times.
create table settings (name text primary key, value text);
create table cases (id serial primary key, title text not null, sealed boolean not null default false, deleted_at timestamptz);
create table filings (id bigserial primary key, case_id int not null references cases on delete restrict, body text);
create table trail (id bigserial primary key, at timestamptz not null default now(), what text) partition by range (id);
create table trail_0 partition of trail for values from (0) to (1000);
create table trail_rest partition of trail default;
create function append_only() returns trigger language plpgsql as $$ begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation', hint = 'Ask the registry.'; end $$;
create trigger trail_kept before delete or update on trail for each row execute function append_only();
create trigger trail_not_emptied before truncate on trail for each statement execute function append_only();
create function on_hold() returns trigger language plpgsql as $$ begin
  if exists (select from filings where case_id = old.id) then raise exception 'case % has filings', old.id; end if;
  return old;
end $$;
create trigger cases_on_hold before delete on cases for each row execute function on_hold();
create rule filings_marked as on delete to filings where old.body like 'signed:%' do instead nothing;
alter table cases enable row level security;
create policy unsealed on cases as restrictive for all to public using (not sealed);
create policy anybody on cases for select using (true);
create function freeze() returns event_trigger language plpgsql as $$ begin
  if coalesce(current_setting('legal.frozen', true), '') = 'yes' then raise exception 'frozen by law'; end if;
end $$;
create function keep_trail() returns event_trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare r record; begin
  for r in select * from pg_event_trigger_dropped_objects() loop
    if r.object_type = 'table' and r.object_identity like '%.trail%' then raise exception '% is kept', r.object_identity; end if;
  end loop;
end $$;
insert into settings values ('registry', 'Bern');
insert into cases (title, sealed) values ('Open', false), ('Sealed', true), ('Empty', false);
insert into filings (case_id, body) values (1, 'draft'), (1, 'signed: ada');
insert into trail (what) values ('opened'), ('sealed');
insert into trail (id, what) values (5000, 'late');
create event trigger frozen on ddl_command_start execute function freeze();
create event trigger trail_is_kept on sql_drop when tag in ('DROP TABLE', 'DROP SCHEMA', 'DROP OWNED') execute function keep_trail();
