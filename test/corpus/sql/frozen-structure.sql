-- An event trigger that forbids dropping tables and schemas.
create table a (id serial primary key, v text);
create table b (id serial primary key, a int references a);
create function lock_ddl() returns event_trigger language plpgsql as $$ begin raise exception 'no DDL'; end $$;
insert into a (v) values ('x');
insert into b (a) values (1);
create event trigger no_ddl on ddl_command_start when tag in ('DROP TABLE','DROP SCHEMA') execute function lock_ddl();
