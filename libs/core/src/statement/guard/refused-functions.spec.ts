/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { SqlParser } from '../sql-parser.js';
import { readText } from '../statement-facts.js';
import { type GuardedScope, StatementGuard } from './statement-guard.js';

const scope: GuardedScope = { isolation: 'schema', schemas: ['public'] };

describe('functions of the server', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let parser: SqlParser;
  const guard = new StatementGuard();
  beforeAll(async () => {
    parser = await SqlParser.load();
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  async function functionsLike(pattern: string): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>(
      "select distinct proname as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ $1",
      [pattern],
    );
    return rows.map(({ name }) => name);
  }

  const isRefused = (call: string) =>
    guard.inspect(readText(parser, `select ${call}`).statements, scope).length > 0;

  it.each([
    ['_to_xml', 14],
    ['^pg_read_.*file$|^pg_ls_|^pg_stat_file$', 8],
    ['^lo_(im|ex)port$', 2],
    ['^(ts_stat|ts_rewrite)$', 2],
  ])('are refused where their names match %j', async (pattern, atLeast) => {
    const names = await functionsLike(pattern);
    expect(names.length).toBeGreaterThanOrEqual(atLeast);
    expect(names.filter((name) => !isRefused(`${name}('x')`))).toEqual([]);
  });

  it('that run text would have changed a setting by it', async () => {
    const inner = `select pg_catalog.set_config(''app.probe'', %L, false)`;
    const calls = [
      `query_to_xml('${inner}', true, true, '')`,
      `query_to_xml_and_xmlschema('${inner}', true, true, '')`,
      `ts_stat('select to_tsvector(pg_catalog.set_config(''app.probe'', %L, false))')`,
      `ts_rewrite('a'::tsquery, 'select ''a''::tsquery, pg_catalog.set_config(''app.probe'', %L, false)::tsquery')`,
    ];
    for (const call of calls) {
      expect(isRefused(call)).toBe(true);
      await client.query("select pg_catalog.set_config('app.probe', '', false)");
      await client.query(`select ${call.replaceAll('%L', "''changed''")}`);
      const { rows } = await client.query("select current_setting('app.probe') as probe");
      expect([call, rows[0]]).toEqual([call, { probe: 'changed' }]);
    }
  });

  it('of the contrib modules that run text are refused as well', async () => {
    for (const extension of ['dblink', 'tablefunc', 'xml2']) {
      await client.query(`create extension if not exists ${extension}`);
    }
    const { rows } = await client.query<{ name: string }>(
      `select distinct proname as name from pg_proc p join pg_depend d on d.objid = p.oid and d.deptype = 'e'
       join pg_extension e on e.oid = d.refobjid
       where e.extname = any($1) and proname !~ '^(normal_rand|xml_.*|xslt_process|xpath_(nodeset|string|number|bool|list))$'`,
      [['dblink', 'tablefunc', 'xml2']],
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter(({ name }) => !isRefused(`${name}('x')`))).toEqual([]);
  });
});

describe('the settings view', () => {
  it('sets settings through a view of it, which is why none may be made', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('create temp view v as select * from pg_settings');
    await client.query("update v set setting = '7777' where name = 'statement_timeout'");
    const { rows } = await client.query("select current_setting('statement_timeout') as timeout");
    await client.end();
    await database.drop();
    expect(rows).toEqual([{ timeout: '7777ms' }]);
  });
});
