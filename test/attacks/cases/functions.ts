import { attacks, each, SHARED } from '../attack.js';

const SECRET = "substring(secret from 1 for 4) = 'mark'";

/** Uses functions and views that an owner has left in the shared schema, and the victim's sequences. */
export const functions = attacks(
  [
    'a SECURITY DEFINER function without a path of its own',
    'select * from public.count_products()',
    'nobody',
  ],
  [
    'a SECURITY DEFINER function and a path of the attacker',
    ({ victim }) => `set local search_path = ${victim.home}; select * from public.list_products()`,
    'guard',
    { guardOnly: ['schema'], modes: ['schema', 'database'] },
  ],
  [
    'a SECURITY DEFINER function and a temporary table',
    [
      "create temp table products (secret text default 'planted')",
      'insert into pg_temp.products default values',
      'select * from public.count_products()',
    ],
    'nobody',
  ],
  ['a SECURITY DEFINER function with a path of its own', 'select * from public.count_countries()', 'nobody'],
  [
    'a SECURITY INVOKER view in the shared schema',
    'select * from public.all_names',
    each('postgres', 'nobody', 'nobody'),
  ],
  [
    "a view in the shared schema, with its owner's rights",
    'select * from public.all_secrets',
    each('postgres', 'postgres', 'nobody'),
  ],
  [
    'a materialised view in the shared schema',
    'select * from public.kept_secrets',
    each('postgres', 'postgres', 'nobody'),
  ],
  [
    'a write through a view',
    "update public.all_names set secret = 'taken'",
    each('postgres', 'postgres', 'nobody'),
  ],
  [
    'a condition that tells what it sees',
    "create function pg_temp.tell(text) returns bool language plpgsql cost 0.0001 as $$ begin raise notice '%', $1; return true; end $$; select * from products where pg_temp.tell(secret)",
    'guard',
  ],
  [
    'a division by zero for rows of others',
    ({ victim }) =>
      `select * from products where tenant_id = '${victim.tenant.id}' and 1 / (case when ${SECRET} then 0 else 1 end) > 0`,
    'nobody',
  ],
  [
    'a failed cast for rows of others',
    ({ victim }) => `select * from products where tenant_id = '${victim.tenant.id}' and secret::int > 0`,
    'nobody',
  ],
  [
    'a reference table, written',
    "insert into public.countries values ('XX')",
    each('postgres', 'postgres', 'nobody'),
  ],
  ['a reference table, emptied', 'truncate public.countries', each('postgres', 'postgres', 'nobody')],
  ['a reference table, read', 'select * from public.countries', 'nobody'],
  [
    'nextval() of the victim',
    ({ at, isolation }) =>
      isolation === 'row' ? "select nextval('tickets')" : `select nextval('${at('tickets')}')`,
    'postgres',
  ],
  [
    'nextval() of the victim by its number',
    ({ victim }) =>
      `select nextval(c.oid::regclass) from pg_class c where relname = 'tickets' and relnamespace::regnamespace::text = '${victim.home}'`,
    each('postgres', 'postgres', 'nobody'),
  ],
  [
    'currval() of the victim',
    ({ victim }) => `select currval('${victim.home}.tickets')`,
    'postgres',
    { modes: SHARED },
  ],
  [
    'setval() of the victim',
    ({ victim }) =>
      `select setval(c.oid::regclass, 1) from pg_class c where relname = 'products_id_seq' and relnamespace::regnamespace::text = '${victim.home}'`,
    each('postgres', 'postgres', 'nobody'),
  ],
  ['lastval() after the victim', 'select lastval()', each('postgres', 'nobody', 'nobody')],
  [
    'reading a sequence of the victim',
    ({ at }) => `select * from ${at('tickets')}`,
    each('guard', 'postgres', 'guard'),
  ],
  ['a statement the victim prepared', 'execute theirs', 'postgres'],
  ['a statement the victim prepared, by its name on the wire', 'execute rowhouse_s1', 'guard'],
  [
    'a statement the victim prepared, explained',
    'explain analyze execute rowhouse_s1',
    'guard',
    { guardOnly: SHARED },
  ],
  ['a statement prepared with no text', () => ({ name: 'theirs' }), 'pool'],
  [
    'a procedure that commits',
    () => [
      (client) => client.query('call public.commit_inside()').catch(() => undefined),
      'select * from products',
    ],
    'nobody',
  ],
);
