-- A table of a composite type, which can have no column of its own.
create type point_3d as (x float8, y float8, z float8);
create table points of point_3d (x with options not null, primary key (x));
create table labels (x float8 references points, label text);
insert into points values (1, 2, 3);
insert into labels values (1, 'first');
