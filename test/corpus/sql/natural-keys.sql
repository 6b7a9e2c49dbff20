-- Natural keys of text, quoted names, composite keys that others refer to, no surrogate key anywhere: an importer's orders.
create table "Customers" ("CustomerID" varchar(5) primary key, "CompanyName" varchar(40) not null, "Contact Name" varchar(30), "City" text);
create table "Categories" ("CategoryID" smallint primary key, "CategoryName" varchar(15) not null unique, "Picture" bytea);
create table "Products" (
  "ProductID" smallint primary key, "Product Name" varchar(40) not null, "CategoryID" smallint references "Categories",
  "Unit.Price" real, discontinued int not null default 0
);
create unique index "Products Name" on "Products" (lower("Product Name")) include ("CategoryID") where discontinued = 0;
create unique index "Products one per ""shelf""" on "Products" ("CategoryID", "ProductID") nulls not distinct;
create table "Orders" (
  "OrderID" smallint, "CustomerID" varchar(5) not null references "Customers" on update cascade, "Order Date" date,
  constraint "PK Orders" primary key ("OrderID") deferrable
);
create table "Order Details" (
  "OrderID" smallint, "ProductID" smallint references "Products", "Quantity" smallint not null check ("Quantity" > 0),
  "Line" int generated always as identity (start with 100 increment by 5),
  primary key ("OrderID", "ProductID")
);
create table "Shipments" (
  "OrderID" smallint, "ProductID" smallint, "Carrier" text default 'DHL',
  foreign key ("OrderID", "ProductID") references "Order Details" on delete cascade
);
create table "select" ("from" int primary key, "where" int references "select", "tenant" text, "Ünïcode → ☃" text default E'it''s \\ "quoted"');
create table a_table_whose_name_is_exactly_sixty_three_characters_long_here_ (a_column_whose_name_is_exactly_sixty_three_characters_long_too_x int unique);
create table "no columns" ();
create unlogged table "visits" (at timestamptz default now(), "path" text);
create view "Orders of ""today""" as
  select o."OrderID", c."CompanyName", d."Quantity" from "Orders" o join "Customers" c using ("CustomerID") join "Order Details" d using ("OrderID");
create function "Total Of"("the order" smallint) returns bigint language sql
  as 'select sum("Quantity") from "Order Details" where "OrderID" = "the order"';
create type "Kind Of" as enum ('one''s', '"two"', '');
alter table "Customers" add "Kind" "Kind Of" default 'one''s';

insert into "Customers" values ('ALFKI', 'Alfreds Futterkiste', 'Maria Anders', 'Berlin'), ('ANATR', 'Ana Trujillo', null, 'México D.F.');
insert into "Categories" values (1, 'Beverages', '\xff'), (2, 'Condiments', null);
insert into "Products" values (1, 'Chai', 1, 18, 0), (2, 'Chang', 1, 19, 1), (3, 'Aniseed Syrup', 2, 10, 0);
insert into "Orders" values (10248, 'ALFKI', '2024-07-04'), (10249, 'ANATR', null);
insert into "Order Details" values (10248, 1, 12), (10248, 3, 10), (10249, 1, 9);
insert into "Shipments" values (10248, 1), (10249, 1);
insert into "select" values (1, null, 'a', 'b'), (2, 1, 'c', default);
insert into "no columns" default values;
insert into visits (path) values ('/');
