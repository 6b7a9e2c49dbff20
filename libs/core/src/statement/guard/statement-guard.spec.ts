import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { StatementRefusedError } from '../../errors.js';
import { SqlParser } from '../sql-parser.js';
import { readText } from '../statement-facts.js';
import type { GuardRule } from './finding.js';
import { FunctionCatalog } from './functions/function-catalog.js';
import { guardOptionsSchema } from './guard-options.js';
import { GUARD_CHANNEL, type GuardedScope, type GuardFinding, StatementGuard } from './statement-guard.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await SqlParser.load();
});
const read = (text: string) => readText(parser, text).statements;

const check = (guard: StatementGuard, text: string) => guard.check(text, read(text), acme, TENANT_ID);

const TENANT_ID = '6e1c0f5e-58ab-4f0f-9a3e-0c51b29c8a11';
/** Of a database that has nothing but what PostgreSQL brings. */
const catalog = new FunctionCatalog({ exemptFunctions: [], exemptExtensions: [] });
beforeAll(() => catalog.learn(async () => ({ rows: [] })));
const findingsOfCalls: GuardedScope['findingsOfCalls'] = (calls) => catalog.findings(calls, ['public']);

const acme: GuardedScope = { isolation: 'schema', schemas: ['tenant_acme', 'public'], findingsOfCalls };

function rowScope(...unprotected: string[]): GuardedScope {
  return {
    isolation: 'row',
    schemas: ['public'],
    findingsOfCalls,
    isUnprotected: (_schema, table) => unprotected.includes(table),
  };
}

const refused: ReadonlyArray<readonly [GuardRule, ...string[]]> = [
  [
    'pinned-setting',
    'set search_path = tenant_globex',
    'SET SEARCH_PATH TO tenant_globex',
    'set local "Search_Path" to tenant_globex',
    'set session search_path = default',
    'set /* hidden */ search_path = x',
    'set U&"s\\0065arch_path" = x',
    "set schema 'tenant_globex'",
    'set role tenant_globex',
    'set local role none',
    'set session role x',
    'set "role" = x',
    'set session authorization x',
    'set local session authorization default',
    'set row_security = off',
    'set statement_timeout = 0',
    'set local idle_in_transaction_session_timeout = 0',
    "set rowhouse.tenant_id = 'x'",
    "set local RowHouse.Anything = 'x'",
    'set standard_conforming_strings = off',
    "set names 'sjis'",
    'set local backslash_quote = on',
    'reset search_path',
    'reset role',
    'reset session authorization',
    'reset rowhouse.tenant_id',
    'reset all',
    'discard all',
    'select 1; set role x',
    'begin; set local role x; select 1; commit',
    'alter role app set search_path = x',
    "alter role all in database d set work_mem = '1MB'",
    'alter database d set row_security = off',
    "alter system set work_mem = '1MB'",
    "select set_config('role', 'x', true)",
    "SELECT SET_CONFIG('ROLE', 'x', true)",
    "select pg_catalog.set_config('search_path', 'x', true)",
    "select \"set_config\"('role', 'x', true)",
    "select pg_catalog.\"set_config\"('role', 'x', true)",
    'select "pg_catalog"."set_config"(\'role\', \'x\', true)',
    "select set_config -- hidden\n ('role', 'x', true)",
    "select set_config/**/($$role$$, 'x', true)",
    "select set_config(E'\\x72ole', 'x', true)",
    "select set_config(E'\\u0072ole', 'x', true)",
    "select set_config(U&'\\0072ole', 'x', true)",
    "select set_config(U&'!0072ole' uescape '!', 'x', true)",
    "select U&\"set\\005fconfig\"('role', 'x', true)",
    "select set_config('ro'\n'le', 'x', true)",
    "select set_config('ro' || 'le', 'x', true)",
    "select set_config($1, 'x', true)",
    "select set_config('role'::text, 'x', true)",
    "select set_config('application_namerole'::varchar(4), 'x', true)",
    "select set_config((select 'role'), 'x', true)",
    "select set_config(setting_name => 'role', new_value => 'x', is_local => true)",
    "select set_config(name, 'x', true) from pg_settings",
    "select * from set_config('role', 'x', true)",
    "select * from rows from (set_config('role', 'x', true)) as t",
    "select 1 where set_config('role', 'x', true) is not null",
    "select 1 order by set_config('role', 'x', true)",
    "select case when true then set_config('role', 'x', true) end",
    "select coalesce(set_config('role', 'x', true), 'x')",
    "select array[set_config('role', 'x', true)]",
    "select row(set_config('role', 'x', true))",
    "select count(*) filter (where set_config('role', 'x', true) = 'x') from t",
    "select sum(a) over (partition by set_config('role', 'x', true)) from t",
    "select (select (select set_config('role', 'x', true)))",
    "select * from t, lateral (select set_config('role', t.a, true)) l",
    "select * from json_table(set_config('role', 'x', true)::jsonb, '$' columns (a int path '$.a')) j",
    "select * from json_table('{}'::jsonb, '$' columns (a text path '$.a' default set_config('role', 'x', true) on empty)) j",
    "select * from xmltable('/a' passing (set_config('role', 'x', true)::xml) columns a int path 'a')",
    "select * from t tablesample bernoulli (set_config('role', 'x', true)::int)",
    "with x as (select set_config('role', 'x', true)) select * from x",
    "values (set_config('role', 'x', true))",
    "insert into t values (1) on conflict do update set a = set_config('role', 'x', true)",
    "update t set a = set_config('role', 'x', true)",
    "delete from t returning set_config('role', 'x', true)",
    "merge into t using s on t.a = s.a when matched then update set b = set_config('role', 'x', true)",
    "call p(set_config('role', 'x', true))",
    "execute p(set_config('role', 'x', true))",
    "prepare p as select set_config('role', 'x', true)",
    "prepare p(text) as select set_config($1, 'x', true)",
    "explain analyze select set_config('role', 'x', true)",
    "explain (analyze, format json) select set_config('role', 'x', true)",
    "declare c cursor for select set_config('role', 'x', true)",
    "copy (select set_config('role', 'x', true)) to stdout",
    "copy t from stdin where set_config('role', a, true) is null",
    "create temp table x as select set_config('role', 'x', true)",
    "create temp table x (a text default set_config('role', 'x', true))",
    "create temp view x as select set_config('role', 'x', true)",
    "select 1 into temp x where set_config('role', 'x', true) = ''",
    "execute rowhouse_pin('public', 'tenant_globex', 'x', 'y', 'true')",
    'execute "rowhouse_pin"($1, $2, $3, $4, $5)',
    "create temp table a as execute rowhouse_pin('public', 'tenant_globex', 'x', 'y', 'true')",
    'deallocate rowhouse_pin',
    'prepare rowhouse_pin as select 1',
    "update pg_settings set setting = 'x' where name = 'role'",
    "update pg_catalog.pg_settings s set setting = 'x' where s.name = 'role'",
    'update only "pg_catalog"."pg_settings" set setting = $1',
    "with x as (update pg_settings set setting = 'x' returning *) select * from x",
    "explain analyze update pg_settings set setting = 'x'",
    "prepare p as update pg_settings set setting = 'x'",
    'merge into pg_settings s using t on s.name = t.a when matched then update set setting = t.b',
    'create temp view v as select * from pg_catalog.pg_settings',
    'create temp view v as select * from (table pg_settings) s',
  ],
  ['two-phase', "prepare transaction 'x'", "commit prepared 'x'", "rollback prepared 'x'"],
  [
    'prepared-statements',
    'select statement from pg_prepared_statements',
    'select * from "pg_catalog".pg_prepared_statements',
    'select * from pg_prepared_statement()',
    'create temp view v as table pg_prepared_statements',
    'explain execute p(1)',
    'explain (analyze, format json) execute p',
  ],
  [
    'runs-text',
    "select query_to_xml('select 1', true, true, '')",
    "select pg_catalog.query_to_xml_and_xmlschema('select 1', true, true, '')",
    "select QUERY_TO_XMLSCHEMA('select 1', true, true, '')",
    "select table_to_xml('tenant_globex.products', true, true, '')",
    "select schema_to_xml('tenant_globex', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select cursor_to_xml('c', 1, true, true, '')",
    "select * from ts_stat('select to_tsvector(a) from tenant_globex.products')",
    "select ts_rewrite('a'::tsquery, 'select t, s from tenant_globex.aliases')",
    "select * from dblink('dbname=app', 'select 1') as t(a int)",
    "select dblink_exec('set role x')",
    "select * from public.crosstab('select 1, 2, 3') as t(a int)",
    "select * from crosstab2('select 1, 2, 3')",
    "select * from connectby('tenant_globex.tree', 'id', 'parent', '1', 0) as t(a int)",
    "select * from xpath_table('id', 'a', 'tenant_globex.docs', '/a', 'true') as t(a int)",
  ],
  [
    'server-file',
    "select pg_read_file('/etc/passwd')",
    "select pg_catalog.pg_read_binary_file('postgresql.conf')",
    "select * from pg_ls_dir('.')",
    'select * from pg_ls_waldir()',
    "select pg_stat_file('postgresql.conf')",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/x')",
  ],
  ['code-block', 'do $$ begin end $$', "DO LANGUAGE plpgsql 'begin end'", 'select 1; do $$ begin end $$'],
  [
    'copy-file',
    "copy products from '/etc/passwd'",
    "copy products to '/tmp/x'",
    "copy products from program 'id'",
    "copy (select 1) to program 'sh'",
  ],
  [
    'ddl',
    'create table a (b int)',
    'create unlogged table a (b int)',
    'create table a as select 1',
    'create materialized view a as select 1',
    'select 1 into a',
    'select 1 into a union select 2',
    'explain analyze create table a as select 1',
    'alter table products add column x int',
    'alter table products disable row level security',
    'drop table products',
    'create view a as select 1',
    'create sequence a',
    'create index on products (name)',
    'create function f() returns int language sql as $$ select 1 $$',
    'create function pg_temp.f() returns int language sql as $$ select 1 $$',
    'create or replace procedure p() language sql begin atomic select 1; end',
    'create trigger t before insert on products for each row execute function f()',
    'create rule r as on insert to products do nothing',
    'create policy p on products using (true)',
    "create type mood as enum ('a')",
    'create extension dblink',
    'create schema tenant_acme',
    'create role x',
    'create database x',
    'create foreign table f (a int) server s',
    'alter function f() set search_path = x',
    'alter default privileges grant select on tables to public',
    'grant select on products to public',
    'grant tenant_globex to app',
    'revoke all on products from public',
    "comment on table products is 'x'",
    "security label on table products is 'x'",
    'reassign owned by a to b',
    'drop owned by a',
    'vacuum products',
    'analyze',
    'cluster',
    'reindex table products',
    'refresh materialized view a',
    'checkpoint',
    "load 'auto_explain'",
    'import foreign schema x from server s into public',
    "create subscription s connection 'host=x' publication p",
  ],
  [
    'unparsable',
    'selec 1',
    "select 'open",
    'select 1 from a.b.c.d',
    'select * from t where a = ?',
    'select 1\0; set role x',
    "select '\ud800', 'x'",
    '\\copy t from x',
  ],
  [
    'foreign-schema',
    'select * from tenant_globex.products',
    'SELECT * FROM "tenant_globex"."products"',
    'select * from U&"tenant\\005fglobex".products',
    'select * from /**/tenant_globex/**/./**/products',
    'table tenant_globex.products',
    'select * from only tenant_globex.products',
    'select * from products p join tenant_globex.orders o on o.id = p.id',
    'select 1 where exists (select from tenant_globex.products)',
    'select 1 union all (select id from tenant_globex.products)',
    'select tenant_globex.products.id',
    'select tenant_globex.products.* from products',
    'with x as (delete from tenant_globex.t returning *) select * from x',
    'with recursive x as (select 1 union select id from tenant_globex.t) select * from x',
    'insert into tenant_globex.products values (1)',
    'insert into products select * from tenant_globex.products',
    'update tenant_globex.products set name = $1',
    'update products set name = x.name from tenant_globex.products x',
    'delete from products using tenant_globex.products x',
    'merge into products using tenant_globex.products s on true when matched then delete',
    'select * from tenant_globex.f()',
    'select tenant_globex.f(1)',
    'call tenant_globex.p()',
    'select cast(x as tenant_globex.mood) from t',
    "select 'a'::tenant_globex.mood[]",
    'select a operator(tenant_globex.+) b from t',
    'select a from t order by a using operator(tenant_globex.<)',
    'select 1 = any (select 2) and a operator(tenant_globex.=) any (select 2) from t',
    'select name collate tenant_globex.c from t',
    'select * from f() as t(a tenant_globex.mood)',
    "select * from json_table('{}', '$' columns (a tenant_globex.mood path '$.a')) j",
    "select * from xmltable('/a' passing '<a/>' columns a tenant_globex.mood path 'a')",
    'lock table tenant_globex.products',
    'truncate products, tenant_globex.products',
    'copy tenant_globex.products to stdout',
    'copy tenant_globex.products from stdin',
    'copy (select * from tenant_globex.products) to stdout',
    'explain analyze delete from tenant_globex.products',
    'declare c cursor for select * from tenant_globex.products',
    'declare c cursor with hold for table tenant_globex.products',
    'prepare p as select * from tenant_globex.products',
    'create temp table x as select * from tenant_globex.products',
    'create temp table x (like tenant_globex.products)',
    'create temp table x () inherits (tenant_globex.products)',
    'create temp table x (a tenant_globex.mood)',
    'create temp table x of tenant_globex.t',
    'create temp view x as select * from tenant_globex.products',
    'select * into temp x from tenant_globex.products',
    'select * from rowhouse.tenants',
    'select * from tenant_acme_2.products',
    'select * from "Tenant_Acme".products',
    'select * from pg_toast.pg_toast_1',
    'select * from pg_temp_3.x',
    'select * from app.tenant_acme.products',
    'select app.public.f()',
    'set constraints tenant_globex.c deferred',
  ],
];

const allowed = [
  '',
  ' ; ',
  '-- nothing',
  'select 1',
  'SELECT "Product"."id" AS "Product_id", "Product"."name" AS "Product_name" FROM "products" "Product" WHERE (("Product"."id" = $1)) LIMIT 1',
  'SELECT DISTINCT "distinctAlias"."P_id" AS "ids_P_id" FROM (SELECT "P"."id" AS "P_id" FROM "tenant_acme"."products" "P") "distinctAlias" ORDER BY "P_id" ASC LIMIT 10',
  'INSERT INTO "products"("id", "name", "tags") VALUES (DEFAULT, $1, $2), (DEFAULT, $3, $4) RETURNING "id"',
  'UPDATE "products" SET "name" = $1, "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ($2)',
  'DELETE FROM "products" WHERE "id" = ANY($1::uuid[])',
  'insert into "t" ("a") values ($1) on conflict ("a") do update set "b" = excluded."b"',
  'select "id", "data"->>\'x\' from "products" where "data" @> $1::jsonb and "name" ilike $2',
  "select * from products where created_at > now() - interval '1 day' for update skip locked",
  'select count(*)::int, sum(a) over (partition by b order by c rows between 1 preceding and current row) from t group by rollup (b)',
  'select a, b from x join y using (a, b) natural join z',
  'select * from f() as t(a int, b text), generate_series(1, 3) with ordinality as g(n, o)',
  'with recursive t(a, b) as (select 1, 2 union all select a + 1, b from t) search depth first by a, b set o cycle a, b set c using p select * from t',
  'select (products).name, (tenant_globex.products).id from products',
  'select p.*, "p"."a" from products p',
  'select t.a[1], (t.b).c.d, t.e[1:2] from t',
  'update t set a.b = 1, (c, d) = (select 1, 2)',
  'select * from public.countries',
  'select * from tenant_acme.products',
  'select tenant_acme.products.name from tenant_acme.products',
  'select pg_catalog.lower($1) operator(pg_catalog.||) pg_catalog.now()::pg_catalog.text collate pg_catalog."C"',
  "select * from pg_catalog.pg_class c where c.oid = 'tenant_globex.products'::regclass",
  "select nextval('tenant_globex.seq'), to_regclass('tenant_globex.products')",
  'SELECT * FROM "information_schema"."tables" WHERE "table_schema" = current_schema()',
  "select 'tenant_globex.products', E'set role x', $$do$$",
  'select * from pg_temp.scratch',
  'select * from pg_settings',
  "select set_config('application_name', $1, true)",
  "select pg_catalog.set_config('application_name', 'x', false)",
  "select set_config('app.user_id', $1, true)",
  "select current_setting('rowhouse.tenant_id')",
  "set local app.user_id = '1'",
  "set time zone 'UTC'",
  'set local work_mem to default',
  'set application_name = x',
  'reset work_mem',
  'show search_path',
  'discard temp',
  'begin',
  'start transaction isolation level serializable read only',
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'set session characteristics as transaction read only',
  'savepoint a; release a; rollback to a',
  'commit; rollback',
  'set constraints all deferred',
  'explain (analyze, buffers) select * from products',
  'declare c no scroll cursor for select * from products',
  'fetch 10 from c',
  'move forward all in c',
  'close c',
  'prepare p(int) as select * from products where id = $1',
  'execute p(1)',
  'deallocate p',
  'copy products (a, b) from stdin with (format csv, force_not_null (a, b))',
  'copy (select * from products) to stdout',
  'lock table products in share mode',
  'truncate products',
  'listen x',
  "notify x, 'y'",
  'unlisten *',
  'call p(1)',
  'merge into products p using s on s.id = p.id when matched then update set a = s.a when not matched then insert (a) values (s.a)',
  'create temp table x (a int primary key, b text, unique (a, b)) on commit drop',
  'create temporary table x as select * from products',
  'create table pg_temp.x (a int)',
  'create temp view x as select * from products',
  'create temp sequence x',
  'create temp view x (a, b) as select 1, 2',
  'create temp table x (a, b) as select 1, 2',
  'select * into temp x from products',
  "select ts_rewrite('a & b'::tsquery, 'a'::tsquery, 'c'::tsquery)",
  "select lo_creat(-1), lo_from_bytea(0, '')",
  "select xmlelement(name a, xmlattributes(1 as b)), json_object('a': 1)",
  'select ((((((1))))))',
];

describe('StatementGuard', () => {
  let guard: StatementGuard;
  beforeAll(() => {
    guard = new StatementGuard();
  });

  describe.each(refused.map(([rule, ...texts]) => ({ rule, texts })))('$rule', ({ rule, texts }) => {
    it.each(texts)('refuses %j', (text) => {
      const rules = guard.inspect(read(text), acme).map((finding) => finding.rule);
      expect([...new Set(rules)]).toEqual([rule]);
    });
  });

  it.each(allowed)('lets %j pass', (text) => {
    expect(guard.inspect(read(text), acme)).toEqual([]);
  });

  it('throws an error that names rule, reason and remedy, and shows a client nothing of it', () => {
    let error: StatementRefusedError | undefined;
    try {
      check(guard, 'select * from tenant_globex.products');
    } catch (thrown) {
      error = thrown as StatementRefusedError;
    }
    expect(error).toBeInstanceOf(StatementRefusedError);
    expect(error?.message).toMatch(/\[foreign-schema\].*"tenant_globex"\."products".*sharedSchemas/);
    expect(error?.toProblem().detail).not.toContain('globex');
  });

  it('reports every rule a text breaks', () => {
    const rules = guard
      .inspect(read('set role x; drop table tenant_globex.a; select pg_read_file($1)'), acme)
      .map(({ rule }) => rule);
    expect(rules).toEqual(['pinned-setting', 'ddl', 'foreign-schema', 'server-file']);
  });

  it('judges one text by the tenant that sends it', () => {
    const globex: GuardedScope = {
      isolation: 'schema',
      schemas: ['tenant_globex', 'public'],
      findingsOfCalls,
    };
    expect(guard.inspect(read('select 1 from tenant_globex.products'), globex)).toEqual([]);
    expect(guard.inspect(read('select 1 from tenant_globex.products'), acme)).toHaveLength(1);
  });

  describe('for row tenants', () => {
    it('refuses tables that carry tenants’ rows and have no policy, however they are named', () => {
      for (const text of [
        'select * from invoices',
        'select * from public.invoices',
        'with x as (update "invoices" set a = 1 returning *) select * from x',
        'select 1 where exists (select from products join invoices on true)',
        'copy invoices to stdout',
      ]) {
        expect(guard.inspect(read(text), rowScope('invoices'))).toEqual([
          expect.objectContaining({ rule: 'unprotected-table' }),
        ]);
      }
    });

    it.each([
      'select lo_get(1)',
      "select lo_from_bytea(0, 'x')",
      'select loread(lo_open(1, 262144), 9)',
      'select pg_catalog.lo_unlink(1)',
      "select lo_put(1, 0, 'x')",
    ])('refuses large objects: %s', (text) => {
      const rules = guard.inspect(read(text), rowScope()).map(({ rule }) => rule);
      expect([...new Set(rules)]).toEqual(['large-object']);
    });

    it('lets protected tables pass', () =>
      expect(guard.inspect(read('select * from products'), rowScope('invoices'))).toEqual([]));

    it('asks for the table as the statement names it', () => {
      const asked: unknown[] = [];
      const isUnprotected = (schema: string | undefined, table: string) => {
        asked.push([schema, table]);
        return false;
      };
      guard.inspect(read('select * from public.a, b'), { ...rowScope(), isUnprotected });
      expect(asked).toHaveLength(2);
      expect(asked).toEqual(
        expect.arrayContaining([
          ['public', 'a'],
          [undefined, 'b'],
        ]),
      );
    });

    it('asks nothing for tenants with a schema of their own', () => {
      const scope = { ...rowScope('invoices'), isolation: 'schema' as const };
      expect(guard.inspect(read('select * from invoices'), scope)).toEqual([]);
    });
  });
});

describe('StatementGuard, its options', () => {
  const rulesOf = (guard: StatementGuard, text: string, scope = acme) =>
    guard.inspect(read(text), scope).map(({ rule }) => rule);

  it('lets every tenant name exempt schemas', () => {
    const guard = new StatementGuard({ exemptSchemas: ['audit'] });
    expect(rulesOf(guard, 'select audit.log($1) from audit.events')).toEqual([]);
    expect(rulesOf(guard, 'select * from audits.events')).toEqual(['foreign-schema']);
  });

  it('lets every tenant name exempt tables with their schema, and nothing else in it', () => {
    const guard = new StatementGuard({ exemptTables: ['audit.events'] });
    expect(rulesOf(guard, 'select audit.events.id from audit.events')).toEqual([]);
    expect(rulesOf(guard, 'select * from audit.secrets')).toEqual(['foreign-schema']);
    expect(rulesOf(guard, 'select audit.events()')).toEqual(['foreign-schema']);
  });

  it('does not lift a schema for a table exempt without one', () => {
    const guard = new StatementGuard({ exemptTables: ['events'] });
    expect(rulesOf(guard, 'select * from audit.events')).toEqual(['foreign-schema']);
  });

  it('lets row tenants use exempt tables without a policy', () => {
    const scope = rowScope('jobs', 'outbox');
    const guard = new StatementGuard({ exemptTables: ['jobs', 'public.outbox'] });
    expect(rulesOf(guard, 'select * from jobs, public.jobs, outbox, public.outbox', scope)).toEqual([]);
    const other = new StatementGuard({ exemptTables: ['private.outbox'] });
    expect(rulesOf(other, 'select * from outbox', scope)).toEqual(['unprotected-table']);
  });

  it.each([
    'create table a (b int)',
    "create type a as enum ('x', 'y', 'z')",
    'create table a (b int, c int, primary key (b, c), foreign key (b, c) references d (e, f))',
    'create table a (b int, c int, foreign key (b, c) references d (e, f) on delete set null (b, c))',
    'create table a (b int, c int, unique (b) include (b, c))',
    'create index on products (a, b) include (c, d)',
    'create statistics s (ndistinct, dependencies) on a, b from products',
    'create function f(a products.id%type) returns int language sql set search_path = tenant_acme as $$ select 1 $$',
    "create trigger t before update of a, b on products for each row execute function f('a', 'b')",
    'create sequence s owned by products.id',
    'drop table tenant_acme.a, b',
    'drop trigger t on products',
    'drop policy p on tenant_acme.products',
    "comment on column products.name is 'x'",
    "comment on column tenant_acme.products.name is 'x'",
    'grant select (a, b) on products to app',
    'analyze products (a, b)',
    'alter table products rename column a to b',
    'alter schema tenant_acme owner to app',
  ])('lets %j pass with allowDdl', (text) => {
    expect(rulesOf(new StatementGuard({ allowDdl: true }), text)).toEqual([]);
  });

  it.each([
    'drop table tenant_globex.products',
    'drop schema tenant_globex cascade',
    'drop trigger t on tenant_globex.products',
    'drop function tenant_globex.f(int)',
    'drop type tenant_globex.mood',
    "comment on column tenant_globex.products.name is 'x'",
    'alter table products set schema tenant_globex',
    'alter table tenant_globex.products add column a int',
    'alter schema tenant_globex rename to x',
    'create schema tenant_globex',
    'create table a (b int references tenant_globex.b)',
    "create type tenant_globex.mood as enum ('x')",
    'create sequence s owned by tenant_globex.products.id',
    'create view v as select * from tenant_globex.products',
    'create function tenant_globex.f() returns int language sql as $$ select 1 $$',
    'create function f() returns int language sql begin atomic select 1 from tenant_globex.t; end',
    'create trigger t before insert on products for each row execute function tenant_globex.f()',
    'grant usage on schema tenant_globex to app',
    'grant select on all tables in schema tenant_globex to app',
    'alter default privileges in schema tenant_globex grant select on tables to app',
    'create extension pg_trgm schema tenant_globex',
  ])('refuses %j even so', (text) => {
    expect(rulesOf(new StatementGuard({ allowDdl: true }), text)).toEqual(['foreign-schema']);
  });

  it('lifts no other rule with allowDdl', () => {
    const guard = new StatementGuard({ allowDdl: true });
    for (const [rule, text] of refused.map(([name, first]) => [name, first] as const)) {
      if (rule !== 'ddl') expect(rulesOf(guard, text ?? '')).toEqual([rule]);
    }
    expect(rulesOf(guard, 'alter role app set work_mem = 1')).toEqual(['pinned-setting']);
    expect(rulesOf(guard, 'create view v as select * from pg_settings')).toEqual(['pinned-setting']);
  });

  it('takes options that were checked before', () => {
    const checked = guardOptionsSchema.parse({ exemptSchemas: ['audit'], exemptTables: ['app.jobs'] });
    const guard = new StatementGuard(checked);
    expect(rulesOf(guard, 'select * from audit.events, app.jobs')).toEqual([]);
  });

  it.each([
    [{ mode: 'strict' }, 'mode'],
    [{ exemptTables: ['a.b.c'] }, 'exemptTables'],
    [{ exemptTables: ['"a"'] }, 'exemptTables'],
    [{ exemptSchemas: [''] }, 'exemptSchemas'],
    [{ exemptSchemas: 'public' }, 'exemptSchemas'],
    [{ exemptFunctions: ['a.b.c'] }, 'exemptFunctions'],
    [{ exemptFunctions: ['setseed()'] }, 'exemptFunctions'],
    [{ exemptExtensions: ['public.hll'] }, 'exemptExtensions'],
    [{ allowAdvisoryLocks: 'yes' }, 'allowAdvisoryLocks'],
    [{ allowDDL: true }, 'allowDDL'],
  ])('refuses to start with %j', (options, field) => {
    expect(() => new StatementGuard(options as object)).toThrow(field);
  });

  describe('reports', () => {
    const reports: GuardFinding[] = [];
    const take = (message: unknown) => reports.push(message as GuardFinding);
    beforeEach(() => {
      reports.length = 0;
      subscribe(GUARD_CHANNEL, take);
    });
    afterEach(() => {
      unsubscribe(GUARD_CHANNEL, take);
    });

    it.each(['enforce', 'warn'] as const)('each finding in mode %s, without parameter values', (mode) => {
      const guard = new StatementGuard({ mode });
      const text = 'select * from tenant_globex.products where id = $1';
      const check = () => guard.check(text, read(text), acme, TENANT_ID);
      if (mode === 'enforce') expect(check).toThrow(StatementRefusedError);
      else expect(check).not.toThrow();
      const detail = expect.stringContaining('tenant_globex');
      expect(reports).toEqual([{ rule: 'foreign-schema', detail, tenantId: TENANT_ID, text, mode }]);
    });

    it('nothing of a statement that breaks no rule', () => {
      check(new StatementGuard(), 'select 1');
      expect(reports).toEqual([]);
    });
  });
});

describe('StatementGuard, with generated texts', () => {
  it('reports ten findings of thousands, each of a bounded length', () => {
    const guard = new StatementGuard();
    const many = Array.from({ length: 5_000 }, (_, n) => `select 1 from tenant_${n}.products`).join(';');
    expect(guard.inspect(read(many), acme)).toHaveLength(10);
    const long = `select set_config('rowhouse.${'x'.repeat(100_000)}', '', true)`;
    expect(guard.inspect(read(long), acme)[0]?.detail.length).toBeLessThan(310);
    expect(() => check(guard, long)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,600}$/) }),
    );
  });
});
