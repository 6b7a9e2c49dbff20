import { SqlParser } from './sql-parser.js';
import { readText } from './statement-facts.js';
import { TraitsReader } from './statement-traits.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await SqlParser.load();
});
const traitsOf = (text: string) => readText(parser, text).traits;

describe('the statements of a text', () => {
  it.each<[string, string[]]>([
    ['select 1', ['select 1']],
    ['select 1; select 2;;', ['select 1', 'select 2']],
    ["select 'ü😀;'; select 'ß' -- ;\n; table a", ["select 'ü😀;'", "select 'ß' -- ;", 'table a']],
    ["select E'\\';' ; select 2", ["select E'\\';'", 'select 2']],
    ['select ";""";select 2', ['select ";"""', 'select 2']],
    ['do $$ begin; end $$; select 1', ['do $$ begin; end $$', 'select 1']],
    [
      'create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3',
      [
        'create function f() returns int begin atomic select 1; select case when true then 2 end; end',
        'select 3',
      ],
    ],
    ['', []],
    ['  -- nothing', []],
  ])('%j', (text, parts) => {
    expect(readText(parser, text).statements.map((statement) => statement.text)).toEqual(parts);
  });
});

describe('the traits of a statement', () => {
  it.each([
    'begin',
    ' START TRANSACTION',
    '/* x */ commit',
    'rollback to a',
    'Savepoint a',
    'release a',
    'end',
    'abort',
    "prepare transaction 'x'",
    '-- x\nset transaction read only',
  ])('knows %j as transaction control', (text) => expect(traitsOf(text).isTransactionControl).toBe(true));

  it.each<[string, boolean]>([
    ['rollback', true],
    ['abort', true],
    ['rollback to a', true],
    ['rollback; rollback', true],
    ['rollback; select 1', false],
    ['commit', false],
    ["rollback prepared 'x'", false],
  ])('says of %j whether it only rolls back', (text, expected) =>
    expect(traitsOf(text).rollsBack).toBe(expected),
  );

  it.each([
    'select begin',
    'committed',
    'prepare transaction as select 1',
    'set transaction.foo = 1',
    'with a as (select 1) select * from a',
    "select 'commit'",
  ])('knows %j as none', (text) => expect(traitsOf(text).isTransactionControl).toBe(false));

  it.each([
    'set search_path = x',
    'SET SESSION statement_timeout = 0',
    'listen a',
    'create temporary table a (b int)',
    'create temp view a as select 1',
    'select 1 into temp a',
    'create table pg_temp.a (b int)',
    'declare c cursor with hold for select 1',
    'select pg_advisory_lock(1)',
    "select set_config('a.b', 'c', false)",
    'do $$ begin end $$',
    'call p()',
    "load 'x'",
    "set transaction.foo = 'x'",
    "set local.bar = 'x'",
    "set constraints.baz = 'x'",
    'prepare transaction as select 1',
    'prepare "transaction-2" as select 1',
    'explain analyze execute theirs',
    'explain (verbose) create temp table x as select 1',
    'create function pg_temp.f() returns int language sql as $$ select 1 $$',
    'select U&"\\0073etseed"(0)',
    'select x.pg_advisory_lock from unnest(array[1::bigint]) x',
    'select (1::bigint).pg_advisory_lock',
    "select query_to_xml($1, true, true, '')",
    "select ts_rewrite('a'::tsquery, $1)",
    'select x.ts_stat from unnest($1::text[]) x',
    'set local search_path = pg_temp, acme; create table a (b int)',
    "set local schema 'pg_temp_3'; create domain a as int",
    'update pg_settings set setting = 1',
    'select 1; set x = y',
  ])('knows that %j may leave session state', (text) => expect(traitsOf(text).leavesSessionState).toBe(true));

  it.each([
    'set local x = y',
    'set local search_path = acme, public',
    'select ts_rewrite(a, b, c), x.a, (x).a from t x',
    "set local transaction.foo = 'x'",
    "select set_config('app.user', $1, true)",
    "select 'pg_advisory_lock(1) with hold search_path'",
    'refresh materialized view concurrently v',
    'set transaction isolation level serializable',
    'create temp table a (b int) on commit drop',
    'select pg_advisory_xact_lock(1)',
    'select * from settings',
    'insert into documents values ($1)',
  ])('knows that %j leaves none', (text) => expect(traitsOf(text).leavesSessionState).toBe(false));
});

describe('what is not known, and what transactions refuse', () => {
  it('is trusted with nothing', () => {
    for (const text of ['selec 1', 'repack t']) {
      expect(traitsOf(text)).toMatchObject({
        leavesSessionState: true,
        mayUnpin: true,
        isTransactionControl: false,
      });
    }
    const [kind, node] = ['BrandNewStmt', {}];
    expect(new TraitsReader(kind, node).traits).toMatchObject({ leavesSessionState: true, mayUnpin: true });
  });

  it.each([
    ['vacuum', true],
    ['create unique index concurrently on t (a)', true],
    ['drop index concurrently i', true],
    ['reindex (concurrently) index i', true],
    ['reindex database d', true],
    ['cluster', true],
    ['cluster t using i', false],
    ['alter table p detach partition c concurrently', true],
    ['refresh materialized view concurrently v', false],
    ["alter system set a = 'b'", true],
    ["select 'vacuum; create index concurrently'", false],
  ])('%j is refused in a transaction: %s', (text, isRefused) => {
    expect(traitsOf(text).nonTransactional).toBe(isRefused);
  });

  it.each([
    'select * from products p where p.id = 1',
    'select count(*), max(price), lower(name) from products group by name',
    'select similarity(name, $1) from products',
    'with p as (select 1) select * from p for update',
    'explain select 1',
    'begin',
    'set local statement_timeout = 1',
    'copy products to stdout',
  ])('knows that %j writes nothing', (text) => expect(traitsOf(text).mayWrite).toBe(false));

  it.each([
    'insert into products values (1)',
    'with p as (delete from products returning *) select * from p',
    'explain analyze update products set name = 1',
    'select * into other from products',
    `select nextval('ids')`,
    'select add_product(1)',
    'select shop.add_product(1)',
    'copy products from stdin',
    'execute something',
    'call something()',
    'create table products (id int)',
    'no sql',
  ])('knows that %j may write', (text) => expect(traitsOf(text).mayWrite).toBe(true));
});
