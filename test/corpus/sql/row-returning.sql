-- Routines that return rows of a table, column by column.
create table a (id serial primary key, v text);
create function all_a() returns setof a language sql as 'select id, v from a';
create view w as select * from all_a();
insert into a (v) values ('x');
