/** @suite postgres15 */
import { jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { callsIn } from './calls.fixture.js';
import type { FunctionExemptions } from './exemptions.js';
import { FunctionCatalog } from './function-catalog.js';
import type { Query } from './function-members.js';

const ACME = ['tenant_acme', 'public'];
const NONE: FunctionExemptions = { exemptFunctions: [], exemptExtensions: [] };

let database: TestDatabase;
let client: pg.Client;
const query: Query = (text, values) => client.query(text, [...values]);

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // seg under another name stands for an extension that was not reviewed.
  await client.query(
    `create schema tenant_acme; create schema tenant_globex; create schema reports; create schema tools;
     create extension pg_trgm; create extension dblink schema tools; create extension tablefunc;
     create extension hstore; create extension seg schema reports;
     update pg_extension set extname = 'hll' where extname = 'seg';
     create function tenant_acme.tax(int) returns int language sql as 'select 1';
     create function public.seg_center(int) returns int language sql as 'select 1';
     create function reports.f(int) returns int language sql as 'select 1';
     create function public.stray(text) returns text language internal as 'upper';
     create function pg_catalog.newcomer() returns int language sql as 'select 1';
     create function tenant_globex.newcomer(text) returns int language sql as 'select 1'`,
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function learned(options: Partial<FunctionExemptions> = {}): Promise<FunctionCatalog> {
  const catalog = new FunctionCatalog({ ...NONE, ...options });
  await catalog.learn(query);
  return catalog;
}

const rulesOf = (catalog: FunctionCatalog, text: string, schemas: readonly string[] = ACME) =>
  catalog.findings(callsIn(text), schemas)?.map(({ rule }) => rule);

describe('FunctionCatalog', () => {
  let catalog: FunctionCatalog;
  beforeAll(async () => {
    catalog = await learned();
  });

  it.each([
    "select now(), upper($1), count(*), coalesce(a, b), pg_catalog.lower($1), information_schema._pg_expandarray('1 2')",
    'select similarity(a, $1), word_similarity(a, $1) from t order by a <-> $1',
    "select hstore('a', '1'), t.sku, (t.address).city from t",
    'select tax(1), tenant_acme.tax(2), unknown_function(3)',
    'select public.seg_center(1), reports.f(1)',
    "select ts_rewrite('a'::tsquery, 'b'::tsquery, 'c'::tsquery)",
    "select set_config('app.user', $1, true)",
    "select pg_notify('orders', $1)",
    'select nextval($1), lastval(), pg_sleep(1)',
    'select normal_rand(1, 2, 3)',
    'call tenant_acme.bill()',
  ])('lets pass: %s', (text) => {
    expect(rulesOf(catalog, text)).toEqual([]);
  });

  it.each([
    ['unreviewed-function', 'select newcomer()', 'select pg_catalog.newcomer()'],
    ['unreviewed-function', "select stray('x')", "select public.stray('x')", "select ('x'::text).stray"],
    ['unreviewed-function', "select reports.seg_center('1')"],
    [
      'session-state',
      'select set_limit(0.9)',
      'select (0.9::real).set_limit',
      'select public.set_limit(0.9)',
    ],
    ['session-state', 'select setseed(0.5)', 'select x.setseed from random() as x'],
    ['runs-text', "select * from crosstab('select 1, 2, 3') as t(a int)", "select public.crosstab2('x')"],
    [
      'runs-text',
      "select ('select a from t'::text).ts_stat",
      "select x.ts_stat from concat('select 1') as x",
    ],
    [
      'runs-text',
      "select citus_run_local_command('select 1')",
      "select create_intermediate_result('r', 'select 1')",
    ],
    ['runs-text', "select tools.dblink('dbname=x', 'select 1')", "select tools.dblink_get_pkey('x')"],
    ['runs-text', "select ts_rewrite('a'::tsquery, 'select 1')", "select query_to_xml('x', true, true, '')"],
    [
      'server-function',
      'select pg_terminate_backend(1)',
      'select (1).pg_terminate_backend',
      'select pg_reload_conf()',
    ],
    ['server-function', "select pg_logical_emit_message(true, 'a', 'b')", 'select pg_export_snapshot()'],
    ['server-file', "select pg_read_file('x')", "select lo_import('x')"],
    ['advisory-lock', 'select pg_advisory_lock(1)', 'select (1).pg_try_advisory_xact_lock'],
    [
      'own-channel',
      "select pg_notify('rowhouse_tenants', '')",
      'select pg_notify($1, $2)',
      "select pg_notify('a' || 'b', '')",
    ],
    ['pinned-setting', "select set_config('role', 'x', true)", 'select set_config($1, $2, true)'],
    ['prepared-statements', 'select * from pg_prepared_statement()'],
    ['large-object', 'select lo_get(1)'],
  ])('refuses by the rule %s', (rule, ...texts) => {
    for (const text of texts) expect([text, rulesOf(catalog, text)]).toEqual([text, [rule]]);
  });

  it('counts an overloaded name as the worst function that the tenant can reach by it', () => {
    expect(rulesOf(catalog, 'select seg_center(1)', ['tenant_acme', 'public'])).toEqual([]);
    expect(rulesOf(catalog, 'select seg_center(1)', ['tenant_acme', 'reports'])).toEqual([
      'unreviewed-function',
    ]);
    expect(rulesOf(catalog, 'select newcomer(1)', ['tenant_globex'])).toEqual(['unreviewed-function']);
    expect(rulesOf(catalog, 'select tenant_globex.newcomer(1)', ['tenant_globex'])).toEqual([]);
  });

  it('names the extension, and what allows it', async () => {
    const [finding] = catalog.findings(callsIn("select reports.seg_center('1')"), ACME) ?? [];
    expect(finding?.detail).toBe('seg_center() belongs to the extension hll, which was not reviewed');
  });

  it.each([
    [{ exemptExtensions: ['hll'] }, "select reports.seg_center('1')"],
    [{ exemptExtensions: ['dblink'] }, "select tools.dblink('x', 'select 1'), tools.dblink_disconnect()"],
    [{ exemptExtensions: ['tablefunc'] }, "select * from crosstab('select 1, 2, 3') as t(a int)"],
    [{ exemptFunctions: ['set_limit'] }, 'select set_limit(0.9), public.set_limit(0.9)'],
    [{ exemptFunctions: ['public.set_limit'] }, 'select set_limit(0.9), public.set_limit(0.9)'],
    [{ exemptFunctions: ['pg_catalog.setseed'] }, 'select setseed(0.5), pg_catalog.setseed(0.5)'],
    [{ exemptFunctions: ['pg_notify'] }, 'select pg_notify($1, $2)'],
    [{ exemptFunctions: ['public.stray', 'newcomer'] }, "select stray('x'), newcomer()"],
  ])('lets pass what %j exempts', async (options, text) => {
    expect(rulesOf(catalog, text)).not.toEqual([]);
    expect(rulesOf(await learned(options), text)).toEqual([]);
  });

  it.each([
    [{ exemptFunctions: ['set_config'] }, "select set_config('role', 'x', true)", 'pinned-setting'],
    [{ exemptFunctions: ['pg_notify'] }, "select pg_notify('rowhouse_tenants', '')", 'own-channel'],
    [{ exemptFunctions: ['reports.set_limit'] }, 'select set_limit(0.9)', 'session-state'],
    [{ exemptFunctions: ['app.crosstab'] }, "select crosstab('x')", 'runs-text'],
  ])('does not lift with %j: %s', async (options, text, rule) => {
    expect(rulesOf(await learned(options), text)).toEqual([rule]);
  });

  it('is told nothing of the functions of tenants, of which there may be thousands', async () => {
    await client.query(
      `do $$ begin for n in 1..5000 loop
         execute format('create schema t%s', n);
         execute format('create function t%s.tax(int) returns int language sql as ''select 1''', n);
       end loop; end $$`,
    );
    let answer: unknown[] = [];
    const crowded = new FunctionCatalog(NONE);
    await crowded.learn(async (text, values) => {
      const result = await client.query(text, [...values]);
      answer = result.rows;
      return result;
    });
    expect(rulesOf(crowded, 'select tax(1)')).toEqual([]);
    expect(answer.filter((row) => (row as { name: string }).name === 'tax')).toEqual([]);
  });
});

describe('FunctionCatalog, what it keeps', () => {
  let asked = 0;
  let isInstalled = false;
  const stub: Query = async () => {
    asked += 1;
    return { rows: isInstalled ? [{ schema: 'public', name: 'run', extension: 'runner' }] : [] };
  };
  beforeEach(() => {
    asked = 0;
    isInstalled = false;
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('answers nothing before the database was asked', async () => {
    const catalog = new FunctionCatalog(NONE);
    expect(rulesOf(catalog, 'select now()')).toBeUndefined();
    await catalog.learn(stub);
    expect(rulesOf(catalog, 'select now()')).toEqual([]);
  });

  it('asks no more for a minute, whatever names come', async () => {
    const catalog = new FunctionCatalog(NONE);
    await catalog.learn(stub);
    for (let n = 0; n < 100; n += 1) {
      expect(rulesOf(catalog, `select made_up_${n}()`)).toEqual([]);
      await catalog.learn(stub);
    }
    expect(asked).toBe(1);
  });

  it('lets nobody wait for an answer that another connection is too busy to give', async () => {
    const catalog = new FunctionCatalog(NONE);
    void catalog.learn(() => new Promise(() => {}));
    await catalog.learn(stub);
    expect(rulesOf(catalog, 'select made_up()')).toEqual([]);
  });

  it('notices within a minute that an extension came', async () => {
    const catalog = new FunctionCatalog(NONE);
    const calls = callsIn('select run($1)');
    await catalog.learn(stub);
    expect(catalog.findings(calls, ACME)).toEqual([]);
    isInstalled = true;
    jest.advanceTimersByTime(60_000);
    expect(catalog.findings(calls, ACME)).toBeUndefined();
    await catalog.learn(stub);
    expect(catalog.findings(calls, ACME)).toEqual([expect.objectContaining({ rule: 'unreviewed-function' })]);
    expect(asked).toBe(2);
  });

  it('needs no fresh answer for names that are on a list', async () => {
    const catalog = new FunctionCatalog(NONE);
    await catalog.learn(stub);
    jest.advanceTimersByTime(600_000);
    expect(rulesOf(catalog, 'select now(), count(*)')).toEqual([]);
    expect(rulesOf(catalog, 'select setseed(1)')).toEqual(['session-state']);
    expect(rulesOf(catalog, 'select tax(1)')).toBeUndefined();
  });

  it('asks again after a failure, and stays with what it knew', async () => {
    const catalog = new FunctionCatalog(NONE);
    const failing: Query = () => Promise.reject(new Error('gone'));
    await expect(catalog.learn(failing)).rejects.toThrow('gone');
    expect(rulesOf(catalog, 'select now()')).toBeUndefined();
    await catalog.learn(stub);
    jest.advanceTimersByTime(60_000);
    await expect(catalog.learn(failing)).rejects.toThrow('gone');
    expect(rulesOf(catalog, 'select now()')).toEqual([]);
    expect(rulesOf(catalog, 'select tax(1)')).toBeUndefined();
  });
});
