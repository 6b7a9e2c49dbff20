-- Event triggers, audit triggers with dynamic SQL, inheritance, rules, row-level security of the app's own, statement triggers with transition tables.
create table audit_log (id bigserial primary key, relation regclass, row_data jsonb, changed_fields jsonb, action char(1) check (action in ('I', 'U', 'D', 'T')), at timestamptz default clock_timestamp());
create table archived_log () inherits (audit_log);
create table vehicles (id serial primary key, plate text not null unique, wheels int not null default 4 check (wheels > 0), owner_name text);
create table trucks (tonnage numeric not null default 1, primary key (id), check (wheels >= 6) no inherit) inherits (vehicles);
create table bikes (like vehicles including all, bell boolean);
alter table bikes inherit vehicles;
create table documents (id serial primary key, owner name not null default current_user, body xml, meta jsonb default '{"a": [1, 2]}', location point, mask bit varying(8), net inet, searchable tsvector);
alter table documents enable row level security;
alter table documents force row level security;
create policy own_documents on documents for all to public using (owner = current_user) with check (owner = current_user);
create policy readable on documents as restrictive for select using (meta is not null);

create function audit() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  execute format('insert into public.audit_log (relation, row_data, action) values ($1, $2, $3)') using tg_relid::regclass, to_jsonb(coalesce(new, old)), left(tg_op, 1);
  return null;
end $$;
create trigger vehicles_audited after insert or update or delete on vehicles for each row execute function audit();
create function count_new() returns trigger language plpgsql as $$ begin perform count(*) from added; return null; end $$;
create trigger vehicles_counted after insert on vehicles referencing new table as added for each statement execute function count_new();
create function watch_drops() returns event_trigger language plpgsql as $$ begin
  if exists (select from pg_event_trigger_dropped_objects() where object_identity = 'public.documents') then raise exception 'documents are kept'; end if;
end $$;
create view old_vehicles as select * from only vehicles where wheels < 4 with cascaded check option;
create view vehicles_view as select id, plate from vehicles;
create function insert_vehicle() returns trigger language plpgsql as $$ begin insert into vehicles (plate) values (new.plate); return new; end $$;
create trigger vehicles_view_insert instead of insert on vehicles_view for each row execute function insert_vehicle();
create recursive view numbers (n) as values (1) union all select n + 1 from numbers where n < 5;

insert into vehicles (plate, wheels) values ('ZH 1', 4), ('BE 2', 3);
insert into trucks (plate, wheels, tonnage) values ('TI 3', 8, 20);
insert into bikes (plate, wheels, bell) values ('none', 2, true);
insert into documents (body, location, mask, net) values ('<a>1</a>', '(1,2)', b'101', '10.0.0.0/8');
insert into archived_log (relation, action) values ('vehicles', 'I');
create event trigger drops_watched on sql_drop execute function watch_drops();
