-- Foreign keys to unique keys that are no primary keys.
create table a (id serial primary key, v text unique);
create table b (id serial primary key, v text references a (v));
create table c (x int, y int, unique (x, y));
create table d (x int, y int, foreign key (x, y) references c (x, y));
insert into a (v) values ('x');
insert into b (v) values ('x');
insert into c values (1,1);
insert into d values (1,1);
