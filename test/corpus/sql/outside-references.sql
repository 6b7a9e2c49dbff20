-- One schema of the app in public, and reports in another schema that depend on it in every way that PostgreSQL knows.
create table accounts (id serial primary key, name text not null, balance numeric not null default 0, kind text);
create table entries (id bigserial primary key, account_id int not null references accounts, amount numeric not null, at timestamptz not null default now());
create type mood as enum ('calm', 'wild');
create function round_up(numeric) returns numeric language sql immutable as 'select ceil($1)';
create function note() returns trigger language plpgsql as $$ begin return new; end $$;
create sequence numbers;

create schema reports;
create view reports.totals as select a.name, sum(e.amount) as total from public.accounts a join public.entries e on e.account_id = a.id group by 1;
create view reports.best as select * from reports.totals where total > 100;
create materialized view reports.by_day as select date(at) as day, count(*) from public.entries group by 1;
create table reports.remarks (
  id int primary key default nextval('public.numbers'), account_id int references public.accounts on delete cascade, mood public.mood default 'calm',
  rounded numeric generated always as (public.round_up(id)) stored, text text check (public.round_up(length(text)) < 100)
);
create index remarks_rounded on reports.remarks (public.round_up(account_id));
create trigger noted before insert on reports.remarks for each row execute function public.note();
create function reports.count_entries() returns bigint language sql as 'select count(*) from public.entries';
create function reports.names() returns setof text language sql begin atomic select name from public.accounts; end;
create function reports.of_account(public.accounts) returns numeric language sql as 'select $1.balance';
create function reports.all_balances() returns numeric language sql security definer as 'select sum(balance) from public.accounts';
alter table reports.remarks enable row level security;
create policy own on reports.remarks using (exists (select from public.accounts a where a.id = account_id));
create rule copy_remark as on insert to reports.remarks do also update public.accounts set kind = 'remarked' where id = new.account_id;
create table reports.archived_entries () inherits (public.entries);
create publication everything for table public.accounts, only public.entries where (id > 0);
create publication of_schema for tables in schema public;

insert into accounts (name, balance) values ('cash', 100), ('bank', 2000);
insert into entries (account_id, amount) values (1, 100), (2, 1500), (2, 500);
insert into reports.remarks (account_id, text) values (1, 'ok');
insert into reports.archived_entries (account_id, amount) values (1, 1);
refresh materialized view reports.by_day;
