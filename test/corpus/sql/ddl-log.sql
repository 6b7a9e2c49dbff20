-- An event trigger that writes every change of the structure into a table of the app.
create table items (id serial primary key, name text not null);
create table ddl_log (at timestamptz default now(), tag text, object text);
create function log_ddl() returns event_trigger language plpgsql as $$
  declare r record;
begin
  for r in select * from pg_event_trigger_ddl_commands() loop
    insert into public.ddl_log (tag, object) values (r.command_tag, r.object_identity);
  end loop;
end $$;
insert into items (name) values ('one'), ('two');
create event trigger ddl_logged on ddl_command_end execute function log_ddl();
