-- A publication for all tables, of which some have no replica identity.
create table a (id serial primary key, v text);
create publication p for all tables;
create table b (v text);
alter table b replica identity full;
insert into b values ('1');
