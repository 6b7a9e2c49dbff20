import { attacks, each, SHARED } from '../attack.js';

const ROW = ['row'] as const;

/** Changes the pin (the path, the role, the tenant) in every way to change a setting, including hidden ones. */
export const session = attacks(
  ['SET search_path', ({ victim }) => `set search_path = ${victim.home}; select * from products`, 'guard'],
  [
    'SET LOCAL search_path',
    ({ victim }) => ['begin', `set local search_path = ${victim.home}`, 'select * from products', 'commit'],
    'guard',
  ],
  ['SET SCHEMA', ({ victim }) => `set schema '${victim.home}'; select * from products`, 'guard'],
  [
    'SET of an escaped name',
    ({ victim }) => `set U&"s\\0065arch_path" = ${victim.home}; select * from products`,
    'guard',
  ],
  [
    'set_config()',
    ({ victim }) => `select set_config('search_path', '${victim.home}', false); select * from products`,
    'guard',
  ],
  [
    'set_config() under an escaped name',
    ({ readerRole, at }) =>
      `select U&"set\\005fconfig"('role', '${readerRole}', true); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'set_config() of a computed name',
    ({ readerRole, at }) =>
      `select set_config('ro' || 'le', '${readerRole}', true); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'set_config() of a parameter',
    ({ readerRole, at }) => [
      'begin',
      { text: 'select set_config($1, $2, true)', values: ['role', readerRole] },
      `select * from ${at('products')}`,
      'commit',
    ],
    'guard',
  ],
  [
    'set_config() of each name in a table',
    ({ readerRole, at }) =>
      `select set_config(name, '${readerRole}', true) from (values ('role')) as v (name); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'set_config() in a condition',
    ({ readerRole, at }) =>
      `select 1 where set_config('role', '${readerRole}', true) is not null; select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'set_config() in a cursor',
    ({ readerRole, at }) => [
      'begin',
      `declare c cursor for select set_config('role', '${readerRole}', true)`,
      `fetch all from c; select * from ${at('products')}`,
      'commit',
    ],
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'an update of pg_settings',
    ({ readerRole, at }) =>
      `update pg_settings set setting = '${readerRole}' where name = 'role'; select * from ${at('products')}`,
    'guard',
  ],
  [
    'a temporary view of pg_settings',
    ({ readerRole, at }) =>
      `create temp view knobs as select * from pg_settings; update knobs set setting = '${readerRole}' where name = 'role'; select * from ${at('products')}`,
    'guard',
  ],
  [
    'the tenant id, set',
    ({ victim }) => `set local rowhouse.tenant_id = '${victim.tenant.id}'; select * from products`,
    'guard',
    { guardOnly: ROW },
  ],
  [
    'the tenant id, set in a transaction',
    ({ victim }) => [
      'begin',
      `set local "RowHouse.Tenant_ID" = '${victim.tenant.id}'`,
      'select * from products',
      'commit',
    ],
    'guard',
  ],
  [
    'the tenant id, by set_config()',
    ({ victim }) =>
      `select set_config('rowhouse.tenant_id', '${victim.tenant.id}', true); select * from products`,
    'guard',
    { guardOnly: ROW },
  ],
  ['the tenant id, reset', 'reset rowhouse.tenant_id; select * from products', 'guard'],
  ['SET row_security', 'set row_security = off; select * from products', 'guard'],
  [
    'SET ROLE',
    ({ readerRole, at }) => `set role ${readerRole}; select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'SET LOCAL ROLE',
    ({ readerRole, at }) => [
      'begin',
      `set local role ${readerRole}`,
      `select * from ${at('products')}`,
      'commit',
    ],
    'guard',
  ],
  [
    'SET ROLE in capitals, around comments',
    ({ readerRole, at }) => `SeT/**/LoCaL--\n RoLe ${readerRole}; select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'SET ROLE behind a carriage return',
    ({ readerRole, at }) => [
      'begin',
      `-- \r set local role ${readerRole}`,
      `select * from ${at('products')}`,
      'commit',
    ],
    'guard',
  ],
  ['RESET ROLE', ({ at }) => `reset role; select * from ${at('products')}`, 'guard'],
  ['SET ROLE NONE', ({ at }) => `set role none; select * from ${at('products')}`, 'guard'],
  ['RESET ALL', ({ at }) => `reset all; select * from ${at('products')}`, 'guard'],
  ['DISCARD ALL', 'discard all', 'guard'],
  [
    'SET SESSION AUTHORIZATION',
    ({ readerRole, at }) => `set session authorization ${readerRole}; select * from ${at('products')}`,
    'guard',
  ],
  [
    'RESET SESSION AUTHORIZATION',
    ({ at }) => `reset session authorization; select * from ${at('products')}`,
    'guard',
  ],
  [
    'ALTER ROLE … SET of the login',
    ({ login, readerRole }) => `reset role; alter role ${login} set role = '${readerRole}'`,
    'guard',
    { guardOnly: ['schema', 'row', 'database'] },
  ],
  [
    'ALTER ROLE … SET of the victim',
    ({ victim }) => `alter role ${victim.role} set statement_timeout = 1`,
    each('guard', 'guard', 'guard'),
    { guardOnly: ROW },
  ],
  [
    'ALTER DATABASE … SET',
    ({ victim }) => `alter database "${victim.database}" set search_path = nowhere`,
    'guard',
  ],
  [
    'a DO block',
    ({ readerRole, at }) => [
      'begin',
      `do $$ begin perform set_config('role', '${readerRole}', true); end $$`,
      `select * from ${at('products')}`,
      'commit',
    ],
    'guard',
  ],
  [
    'a DO block that tells by raising',
    ({ readerRole, at }) => [
      'begin',
      `do $$ declare found text; begin set local role ${readerRole}; execute 'select max(secret) from ${at('products').replaceAll('"', '')}' into found; raise exception '%', found; end $$`,
      'rollback',
    ],
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'a temporary function',
    ({ readerRole, at }) =>
      `create function pg_temp.go() returns text language sql as $$ select set_config('role', '${readerRole}', true) $$; select pg_temp.go(); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'a temporary function with a setting',
    ({ victim }) =>
      `create function pg_temp.go() returns setof text language sql set rowhouse.tenant_id = '${victim.tenant.id}' as $$ select secret from products $$; select pg_temp.go()`,
    'guard',
  ],
  [
    'query_to_xml() of a change',
    ({ readerRole, at }) =>
      `select query_to_xml('select set_config(''role'', ''${readerRole}'', true)', true, true, ''); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'ts_stat() of a change',
    ({ readerRole, at }) =>
      `select * from ts_stat('select to_tsvector(set_config(''role'', ''${readerRole}'', true))'); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'ts_rewrite() of a change',
    ({ readerRole, at }) =>
      `select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, set_config(''role'', ''${readerRole}'', true)::tsquery'); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'a function that runs what it is told',
    ({ readerRole, at }) =>
      `select * from crosstab('select 1, 1, set_config(''role'', ''${readerRole}'', true)') as t (a int, b text); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'the prepared pin, executed',
    ({ readerRole, victim, at }) =>
      `execute rowhouse_pin('${victim.home}', '${victim.home}', '${readerRole}', '${victim.tenant.id}', 'true'); select * from ${at('products')}`,
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'the prepared pin, executed for good',
    ({ readerRole, victim }) => [
      `execute rowhouse_pin('public', '"${victim.home}", pg_temp', '${readerRole}', '${victim.tenant.id}', 'false')`,
      'select * from products',
    ],
    'guard',
  ],
  [
    'the prepared pin, executed for good and replaced',
    ({ readerRole, victim, at }) => [
      `execute rowhouse_pin('public', '"${victim.home}", pg_temp', '${readerRole}', '${victim.tenant.id}', 'false')`,
      'begin',
      'deallocate rowhouse_pin; prepare rowhouse_pin (text, text, text, text, text) as select 1 where false',
      'commit',
      `select * from ${at('products')}`,
    ],
    'guard',
    { guardOnly: SHARED },
  ],
  [
    'a pin replaced by the protocol',
    () => ({ name: 'rowhouse_pin', text: 'select 1 where $1 || $2 || $3 || $4 || $5 is null' }),
    'postgres',
  ],
  [
    'a SET behind a string of two lines',
    ({ readerRole, at, victim }) =>
      `select E'a'\n'b\\'' -- ' ; set local role ${readerRole} ; set local rowhouse.tenant_id = '${victim.tenant.id}'; select * from ${at('products').replace(/^"[^"]+"\./, '')}`,
    'nobody',
  ],
  ['a COMMIT among other statements', 'select 1; commit; select * from products', 'pool'],
  [
    'a COMMIT behind a string of two lines',
    "select E'a'\n'b\\'' -- ' ; commit ; select * from products",
    'nobody',
  ],
  [
    'a ROLLBACK in a text with values',
    () => ({ text: 'rollback; select * from products where id > $1', values: [0] }),
    'pool',
  ],
  [
    'PREPARE TRANSACTION',
    [
      'begin',
      "insert into orders (secret) values ('two-phase')",
      "prepare transaction 'spy'",
      'rollback',
      "rollback prepared 'spy'",
    ],
    'guard',
  ],
  ['COMMIT PREPARED of another', "commit prepared 'theirs'", 'guard'],
  [
    'transactions one in another',
    [
      'begin',
      'savepoint a',
      'rollback to a',
      'commit and chain',
      'select * from products',
      'rollback and chain',
      'select * from products',
      'abort',
      'select * from products',
    ],
    'nobody',
  ],
  [
    'a failed transaction',
    ['begin', 'select 1/0', 'select * from products', 'rollback', 'select * from products'],
    'postgres',
  ],
  ['a transaction left open', ['begin', "insert into orders (secret) values ('open')"], 'nobody'],
);
