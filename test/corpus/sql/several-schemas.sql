-- Four schemas with foreign keys, views, types, routines and defaults between them, of several owners: a bicycle maker's books.
create schema person;
create schema sales;
create schema production;
create schema reports;

create role corpus_clerk;
create domain person."Name" as varchar(50) not null;
create domain public."Flag" as boolean not null default true;
create type production.size_unit as enum ('cm', 'in');

create table person.person (
  id serial primary key, name person."Name", active public."Flag", suffix varchar(10)
);
create table person.address (id serial primary key, person_id int not null references person.person, city person."Name");
create table production.product (
  id int generated always as identity primary key, name person."Name", size numeric, unit production.size_unit default 'cm', list_price numeric(10, 2) check (list_price >= 0)
);
create sequence sales.order_numbers start 43659;
create table sales.customer (id serial primary key, person_id int references person.person (id) on delete set null, account_number text generated always as ('AW') stored);
create table sales.orders (
  number int primary key default nextval('sales.order_numbers'), customer_id int not null references sales.customer,
  ship_to int references person.address, placed_at timestamp not null default now()
);
create table sales.order_line (
  order_number int references sales.orders on delete cascade, product_id int references production.product,
  quantity smallint not null, discount numeric default 0, primary key (order_number, product_id)
);
-- The same name twice.
create table person.note (id serial primary key, body text);
create table sales.note (id serial primary key, body text);

create function production.label(p production.product) returns text language sql immutable as $$ select p.name || coalesce(' ' || p.size || p.unit::text, '') $$;
create function sales.line_total(l sales.order_line) returns numeric language sql stable
  as $$ select l.quantity * p.list_price * (1 - l.discount) from production.product p where p.id = l.product_id $$;
create function sales.note_added() returns trigger language plpgsql as $$ begin
  insert into person.note (body) values (new.body); return null; end $$;
create trigger copied after insert on sales.note for each row execute function sales.note_added();

create view person.v_person as select p.id, p.name, a.city from person.person p left join person.address a on a.person_id = p.id;
create view sales.v_customer as select c.id, v.name, v.city from sales.customer c join person.v_person v on v.id = c.person_id;
create materialized view reports.turnover as
  select o.customer_id, sum(sales.line_total(l)) as total from sales.orders o join sales.order_line l on l.order_number = o.number group by 1;
create table reports.opinion (id serial primary key, customer_id int references sales.customer on delete cascade, stars int check (stars between 1 and 5));
create function reports.total_of(customer int) returns numeric language sql security definer
  as 'select total from reports.turnover where customer_id = customer';

alter table person.person owner to corpus_clerk;
alter schema reports owner to corpus_clerk;
grant usage on schema person, sales to corpus_clerk;
grant select, insert (body) on sales.note to corpus_clerk;
grant select on sales.v_customer to public;
alter default privileges in schema sales grant select on tables to corpus_clerk;
comment on schema sales is 'Orders';
comment on view sales.v_customer is 'With names';

insert into person.person (name) values ('Ken'), ('Terri');
insert into person.address (person_id, city) values (1, 'Bothell'), (2, 'Seattle');
insert into production.product (name, size, list_price) values ('Road-150', 62, 3578.27), ('Bell', null, 5);
insert into sales.customer (person_id) values (1), (2);
insert into sales.orders (customer_id, ship_to) values (1, 1), (2, 2);
insert into sales.order_line values (43659, 1, 1, 0), (43659, 2, 2, 0.1), (43660, 2, 1, 0);
insert into sales.note (body) values ('late');
insert into reports.opinion (customer_id, stars) values (1, 5);
refresh materialized view reports.turnover;
