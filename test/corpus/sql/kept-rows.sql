-- A trigger that keeps rows from being deleted.
create table a (id serial primary key, v text);
create function gone() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger no_delete before delete on a for each row execute function gone();
insert into a (v) values ('kept');
