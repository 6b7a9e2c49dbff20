/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { callsIn } from './calls.fixture.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `create table t (a text); insert into t values ('x');
     create function mark(text) returns text language sql as $$ select set_config('app.mark', $1, false) $$;
     create function mark(t, text default 'row') returns text language sql as $$ select set_config('app.mark', $2, false) $$;
     create function mark(int) returns text language sql as $$ select set_config('app.mark', 'int', false) $$;
     create procedure mark_by_call() language sql as $$ select set_config('app.mark', 'call', false) $$`,
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('each spelling in which the server calls a function', () => {
  it.each([
    ["select mark('x')", 'mark'],
    ["select public.mark('x')", 'mark'],
    ["select * from mark('x')", 'mark'],
    ["select ('x'::text).mark", 'mark'],
    ['select (1).mark', 'mark'],
    ["select (select 'x'::text).mark", 'mark'],
    ["select (array['x'])[1].mark", 'mark'],
    ['select x.mark from t as x', 'mark'],
    ['select t.mark from t', 'mark'],
    ['select public.t.mark from t', 'mark'],
    ['select (t).mark from t', 'mark'],
    ['select (t.*).mark from t', 'mark'],
    ["select x.mark from concat('x') as x", 'mark'],
    ['select x.mark from unnest(array[1]) as x', 'mark'],
    ['update t set a = a returning t.mark', 'mark'],
    ['call mark_by_call()', 'mark_by_call'],
  ])('is read as a call: %s', async (text, name) => {
    await client.query("select set_config('app.mark', '', false)");
    await client.query(text);
    const { rows } = await client.query<{ mark: string }>("select current_setting('app.mark') as mark");
    expect(rows[0]?.mark).not.toBe('');
    expect(callsIn(text).map((call) => call.name)).toContain(name);
  });

  it('is read with its schema, the number of its arguments, and the first where it is a plain string', () => {
    expect(callsIn("select a.f('x', 1), g(), h('x'::text), k($1)")).toEqual(
      expect.arrayContaining([
        { schema: 'a', name: 'f', argumentCount: 2, firstArgument: 'x' },
        { schema: undefined, name: 'g', argumentCount: 0, firstArgument: undefined },
        { schema: undefined, name: 'h', argumentCount: 1, firstArgument: undefined },
        { schema: undefined, name: 'k', argumentCount: 1, firstArgument: undefined },
      ]),
    );
  });

  it.each([
    'create trigger x before insert on t for each row execute function a.f()',
    'select * from t tablesample a.f (1)',
    'copy (select a.f(1)) to stdout',
    'prepare p as select a.f(1)',
  ])('is read where it does not run at once: %s', (text) => {
    expect(callsIn(text)).toContainEqual(expect.objectContaining({ schema: 'a', name: 'f' }));
  });

  it('leaves columns alone that stand by themselves, and assignments', () => {
    expect(callsIn('select a, "B" from t where c = $1')).toEqual([]);
    expect(callsIn('update t set a.b = 1')).toEqual([]);
    expect(callsIn('select t.* from t')).toEqual([]);
  });
});
