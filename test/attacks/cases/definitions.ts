import { attacks, each } from '../attack.js';

/** Defines, alters and grants, which only an owner may do. */
const STOPPED = 'guard';

export const definitions = attacks(
  [
    'GRANT on the victim to oneself',
    ({ at, attacker }) => `grant all on ${at('products')} to ${attacker.role}`,
    STOPPED,
  ],
  [
    'GRANT of the schema to everybody',
    ({ victim }) => `grant usage on schema ${victim.home} to public`,
    STOPPED,
  ],
  [
    'GRANT of a role to oneself',
    ({ readerRole, attacker }) => `grant ${readerRole} to ${attacker.role}`,
    STOPPED,
  ],
  [
    'REVOKE from the victim',
    ({ at, victim }) => `revoke all on ${at('products')} from ${victim.role}`,
    STOPPED,
  ],
  [
    'ALTER TABLE … OWNER',
    ({ at, attacker }) => `alter table ${at('products')} owner to ${attacker.role}`,
    STOPPED,
  ],
  ['ALTER TABLE … SET SCHEMA', ({ at }) => `alter table ${at('orders')} set schema pg_temp`, STOPPED],
  [
    'ALTER TABLE … DISABLE ROW LEVEL SECURITY',
    ({ at }) => `alter table ${at('products')} disable row level security`,
    STOPPED,
  ],
  [
    'ALTER TABLE … NO FORCE ROW LEVEL SECURITY',
    ({ at }) => `alter table ${at('products')} no force row level security`,
    STOPPED,
  ],
  ['ALTER TABLE … DISABLE TRIGGER', ({ at }) => `alter table ${at('products')} disable trigger all`, STOPPED],
  [
    'a policy that lets everybody in',
    ({ at }) => `create policy open on ${at('products')} using (true)`,
    STOPPED,
  ],
  ['DROP POLICY', ({ at }) => `drop policy rowhouse_tenant on ${at('products')}`, STOPPED],
  ['ALTER POLICY', ({ at }) => `alter policy rowhouse_tenant on ${at('products')} using (true)`, STOPPED],
  [
    'ALTER DEFAULT PRIVILEGES',
    ({ victim, attacker }) =>
      `alter default privileges in schema ${victim.home} grant all on tables to ${attacker.role}`,
    STOPPED,
  ],
  ['ALTER SCHEMA … RENAME', ({ victim }) => `alter schema ${victim.home} rename to mine`, STOPPED],
  [
    'a trigger on the victim',
    ({ at }) =>
      `create trigger spy before insert on ${at('products')} for each row execute function suppress_redundant_updates_trigger()`,
    STOPPED,
  ],
  [
    'a rule on the victim',
    ({ at }) => `create rule spy as on insert to ${at('products')} do instead nothing`,
    STOPPED,
  ],
  ['an index on the victim', ({ at }) => `create index on ${at('products')} (secret)`, STOPPED],
  ['a view over the victim', ({ at }) => `create view spy as select * from ${at('products')}`, STOPPED],
  ['a view in a shared schema', 'create view public.spy as select * from products', STOPPED],
  [
    'a materialised view over the victim',
    ({ at }) => `create materialized view spy as select * from ${at('products')}`,
    STOPPED,
  ],
  [
    'a table in the shared schema that hides another',
    'create table public.countries_of_mine (code text)',
    STOPPED,
  ],
  [
    'a foreign key into the victim',
    ({ at }) => `create table probe (id int references ${at('products')})`,
    STOPPED,
  ],
  [
    'a foreign key added to an own table',
    ({ at }) => `alter table orders add foreign key (id) references ${at('products')}`,
    STOPPED,
  ],
  ['a function', "create function spy() returns int language sql as 'select 1'", STOPPED],
  [
    'a function that hides one of PostgreSQL',
    "create function public.lower(text) returns text language sql as 'select $1'",
    STOPPED,
  ],
  [
    'a function with a path of its own',
    ({ victim }) =>
      `create function public.spy() returns setof text language sql security definer set search_path = ${victim.home} as 'select secret from products'`,
    STOPPED,
  ],
  ['an operator', 'create operator public.=== (function = int4eq, leftarg = int, rightarg = int)', STOPPED],
  ['a cast', 'create cast (text as int) with inout as implicit', STOPPED],
  [
    'an event trigger',
    'create event trigger spy on ddl_command_start execute function suppress_redundant_updates_trigger()',
    STOPPED,
  ],
  ['an extension', 'create extension file_fdw', STOPPED],
  ['a foreign server', 'create server spy foreign data wrapper postgres_fdw', STOPPED],
  ['a user mapping', 'create user mapping for current_user server loopback', STOPPED],
  ['a comment on the victim', ({ at }) => `comment on table ${at('products')} is 'mine'`, STOPPED],
  ['DROP of the victim', ({ at }) => `drop table ${at('orders')}`, STOPPED],
  ['DROP SCHEMA of the victim', ({ victim }) => `drop schema ${victim.home} cascade`, STOPPED],
  ['DROP OWNED', ({ readerRole }) => `drop owned by ${readerRole}`, STOPPED],
  [
    'REASSIGN OWNED',
    ({ readerRole, attacker }) => `reassign owned by ${readerRole} to ${attacker.role}`,
    STOPPED,
  ],
  ['DROP DATABASE of the victim', ({ victim }) => `drop database "${victim.database}"`, STOPPED],
  ['a role', 'create role spy superuser', STOPPED],
  ['ALTER ROLE … BYPASSRLS', ({ attacker }) => `alter role ${attacker.role} bypassrls`, STOPPED],
  ['a new password of the login', ({ login }) => `alter role ${login} password 'known'`, STOPPED],
  ['ALTER SYSTEM', "alter system set log_statement = 'all'", STOPPED],
  ['ALTER SEQUENCE of the victim', ({ at }) => `alter sequence ${at('tickets')} restart 1`, STOPPED],
  [
    'a value added to an enum of the victim',
    ({ at }) => `alter type ${at('mood')} add value 'spied'`,
    STOPPED,
  ],
  [
    'a constraint dropped from a domain of the victim',
    ({ at }) => `alter domain ${at('price')} drop constraint price_check`,
    STOPPED,
  ],
  [
    'a temporary table with a type of the victim',
    ({ at }) => `create temp table spy (a ${at('mood')}, b ${at('price')})`,
    each('guard', 'nobody', 'guard'),
  ],
  [
    'an enum of the victim',
    ({ at }) => `select enum_range(null::${at('mood')})`,
    each('guard', 'nobody', 'guard'),
  ],
  ['a domain of the victim', ({ at }) => `select 1::${at('price')}`, each('guard', 'nobody', 'guard')],
  ['VACUUM of the victim', ({ at }) => `vacuum full ${at('products')}`, STOPPED],
  ['ANALYZE of the victim', ({ at }) => `analyze ${at('products')}`, STOPPED],
);
