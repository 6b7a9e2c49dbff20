-- Exclusion constraints, ranges, domains, enums, generated columns, statistics, definer routines: a hotel's bookings.
create extension btree_gist;
create extension citext;
create extension pgcrypto;

create type room_kind as enum ('single', 'double', 'suite');
create domain email as citext check (value ~ '^[^@]+@[^@]+$');
create domain money_amount as numeric(12, 2) not null default 0 check (value >= 0);
create type float_range as range (subtype = float8, subtype_diff = float8mi);
create type postal_address as (street text, city text, country char(2));

create table rooms (
  number int primary key,
  kind room_kind not null default 'single',
  price money_amount,
  price_with_tax numeric(12, 2) generated always as (price * 1.08) stored,
  comfort float_range default '[0,1]'
);
comment on table rooms is 'A room that can be booked';
comment on column rooms.kind is 'How many people sleep in it';

create table guests (
  id bigint generated always as identity primary key,
  email email not null unique,
  address postal_address,
  secret bytea default gen_random_bytes(4),
  constraint address_has_city check ((address).city is not null or address is null)
);

create table bookings (
  id uuid primary key default gen_random_uuid(),
  room int not null references rooms on update cascade deferrable initially deferred,
  guest bigint not null references guests on delete cascade,
  during daterange not null,
  price money_amount,
  constraint bookings_do_not_overlap exclude using gist (room with =, during with &&),
  constraint bookings_once unique nulls not distinct (guest, during) include (price)
);
create statistics bookings_statistics (dependencies, ndistinct) on room, guest from bookings;
create index bookings_begin on bookings (lower(during)) where not isempty(during);

create function nights(b bookings) returns int language sql stable as 'select upper(b.during) - lower(b.during)';
create function revenue(of_room int) returns numeric language sql stable security definer
  set search_path = public, pg_temp
  as $$ select coalesce(sum(price), 0) from bookings where room = of_room $$;
create function occupied(on_day date) returns setof rooms language sql stable
begin atomic
  select r.* from rooms r join bookings b on b.room = r.number where b.during @> on_day;
end;
create aggregate longest(int) (sfunc = int4larger, stype = int, initcond = '0');

create view occupancy with (security_barrier) as
  select r.number, count(b.id) as bookings, longest(nights(b)) as longest from rooms r left join bookings b on b.room = r.number group by 1;
create materialized view monthly_revenue as
  select date_trunc('month', lower(during)) as month, sum(price) as total from bookings group by 1;
create unique index monthly_revenue_month on monthly_revenue (month);

insert into rooms (number, kind, price) values (1, 'single', 80), (2, 'double', 120), (3, 'suite', 300);
insert into guests (email, address) values ('ada@example.test', row('Lane 1', 'Bern', 'CH')), ('Bob@example.test', null);
insert into bookings (room, guest, during, price) values
  (1, 1, '[2024-01-01,2024-01-05)', 320), (2, 2, '[2024-01-03,2024-01-04)', 120), (1, 2, '[2024-02-01,2024-02-03)', 160);
refresh materialized view monthly_revenue;
