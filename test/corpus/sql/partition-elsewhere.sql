-- A partition in another schema than its table.
create schema archive;
create table t (id int, at int) partition by list (at);
create table archive.t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
insert into t values (1,1),(2,2);
