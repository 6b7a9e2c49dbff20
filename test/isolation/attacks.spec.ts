/** @suite postgres15 */
import { type PinMode, TenantContext, TenantPool, type TenantPoolConfig } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { prepareHomes } from '../support/homes.js';
import { makeTenant } from '../support/tenants.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

/** A value that cannot be sent, because JSON has no big integers. */
const unsendable = [{ price: 1n }];
const names = 'select name from products order by name';

let database: TestDatabase;
const pools: TenantPool[] = [];

/** Without a guard, because what it refuses must do no harm by itself. With one connection, so that the tenants use it in turn. */
function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({
    connectionString: database.loginUrl,
    max: 1,
    guard: { mode: 'off' },
    ...config,
  });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

beforeAll(async () => {
  database = await createTestDatabase();
  const admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, [acme, globex]);
  for (const { schema, slug } of [acme, globex]) {
    await admin.query(`create table ${schema}.products (name text)`);
    await admin.query(`insert into ${schema}.products values ('${slug} one')`);
  }
  await admin.query(
    `create function public.go_elsewhere() returns void language plpgsql as
      $$ begin perform set_config('search_path', '${globex.schema}', true); end $$`,
  );
  await admin.query(
    `create procedure public.undo_and_copy() language plpgsql as
      $$ begin rollback; insert into products select name || ' copied' from products; end $$`,
  );
  await admin.end();
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(() => database.drop());

async function namesIn(pool: pg.Pool | pg.PoolClient): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(names);
  return rows.map(({ name }) => name);
}

/** A lease of `acme` in which each text is sent, ended without an error as an ORM does. */
async function leaseOfAcme(pool: TenantPool, ...queries: Array<string | pg.QueryConfig>): Promise<void> {
  const client = await TenantContext.run(acme, () => pool.connect());
  for (const query of queries) await client.query(query);
  client.release();
}

/** The names that each of several leases of `globex` sees, or the code of its error. */
async function seenByGlobex(pool: TenantPool, query: string | pg.QueryConfig = names, leases = 2) {
  const seen: unknown[] = [];
  for (let lease = 0; lease < leases; lease += 1) {
    const client = await TenantContext.run(globex, () => pool.connect());
    const answer = client.query<{ name: string }>(query);
    seen.push(
      await answer.then(
        ({ rows }) => rows.map(({ name }) => name),
        (error: { code?: string }) => error.code,
      ),
    );
    client.release();
  }
  return seen;
}

describe.each<PinMode>(['statement', 'session'])('attacks on a connection with %s pins', (pin) => {
  it.each([
    ['a comment inside', 'create temp/* */table leftover as select name from products'],
    ['a line comment inside', 'create temporary -- for now\n table leftover as select name from products'],
    ['select into', 'select name into local temp leftover from products'],
    [
      'another that is dropped',
      'create temp table a (x int) on commit drop; create temp table leftover as table products',
    ],
    ['a comment that claims it is dropped', 'create temp table leftover as table products -- on commit drop'],
  ])('a temporary table made with %s is not there for the next tenant', async (_, text) => {
    const pool = openPool({ pin });
    await leaseOfAcme(pool, text);
    expect(await seenByGlobex(pool, 'select name from leftover', 1)).toEqual(['42P01']);
  });

  it('a held cursor declared around a comment is not there for the next tenant', async () => {
    const pool = openPool({ pin });
    await leaseOfAcme(pool, 'begin', `declare held cursor with/**/hold for ${names}`, 'commit');
    expect(await seenByGlobex(pool, 'fetch all from held', 1)).toEqual(['34000']);
  });

  it('a query object used before is refused, or reads as the tenant of its second lease', async () => {
    const pool = openPool({ pin });
    const query = new pg.Query(names);
    const ask = (client: pg.PoolClient) =>
      new Promise<unknown>((resolve) => {
        const callback = (error: Error | null, result: unknown) => resolve(error ?? result);
        Object.assign(query, { callback });
        try {
          client.query(query);
        } catch (error) {
          resolve(error);
        }
      });
    const first = await TenantContext.run(acme, () => pool.connect());
    await ask(first);
    first.release();
    const rows: unknown[] = [];
    query.on('row', (row) => rows.push(row));
    const second = await TenantContext.run(globex, () => pool.connect());
    expect(await namesIn(second)).toEqual(['globex one']);
    await ask(second);
    second.release();
    expect(rows).not.toContainEqual({ name: 'acme one' });
  });

  it('a cursor read again after its lease ended reads nothing of the next tenant', async () => {
    const pool = openPool({ pin });
    const first = await TenantContext.run(acme, () => pool.connect());
    const cursor = first.query(new Cursor(names));
    expect(await cursor.read(10)).toEqual([{ name: 'acme one' }]);
    await cursor.close();
    first.release();
    const second = await TenantContext.run(globex, () => pool.connect());
    const running = second.query(`select pg_sleep(0.05), name from products`);
    expect(await cursor.read(10)).toEqual([]);
    expect((await running).rows).toMatchObject([{ name: 'globex one' }]);
    second.release();
  });

  it('a value that cannot be sent fails its statement and leaves the pool in order', async () => {
    const pool = openPool({ pin });
    let settled: unknown;
    const failed = TenantContext.run(acme, () => pool.query('select $1::json', unsendable)).catch(
      (error: unknown) => {
        settled = error;
      },
    );
    // This query runs after the failed one has returned its connection.
    expect(await seenByGlobex(pool)).toEqual([['globex one'], ['globex one']]);
    expect(settled).toBeInstanceOf(TypeError);
    await failed;
  });

  it('a value that cannot be sent leaves a transaction with its tenant', async () => {
    const pool = openPool({ pin });
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('begin');
    await expect(client.query('select $1::json', unsendable)).rejects.toThrow(TypeError);
    expect(await namesIn(client)).toEqual(['acme one']);
    await client.query('commit');
    client.release();
    expect(await seenByGlobex(pool)).toEqual([['globex one'], ['globex one']]);
  });

  it.each(['deallocate rowhouse_s1', 'deallocate all', 'discard plans', 'discard temp'])(
    '%s by one tenant spoils no statement of the next',
    async (text) => {
      const pool = openPool({ pin });
      const theirs = { name: 'theirs', text: names };
      await leaseOfAcme(pool, theirs, text);
      expect(await seenByGlobex(pool)).toEqual([['globex one'], ['globex one']]);
      expect(await seenByGlobex(pool, theirs)).toEqual([['globex one'], ['globex one']]);
    },
  );

  it('a function that changes the path in a transaction does not carry the rest of it to another tenant', async () => {
    const pool = openPool({ pin });
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('begin');
    await client.query('select go_elsewhere()');
    // PostgreSQL 18 reports the change, and the statement is pinned again; before, the role has no use for what it finds.
    const seen = await namesIn(client).catch(({ code }) => code);
    expect([['acme one'], '42P01']).toContainEqual(seen);
    await client.query('rollback');
    client.release();
  });

  it('a procedure that rolls its pin back does not go on with the pin of the tenant before', async () => {
    const pool = openPool({ pin });
    await seenByGlobex(pool, names, 1);
    await TenantContext.run(acme, () => pool.query('call undo_and_copy()')).catch(() => {});
    expect(await seenByGlobex(pool, names, 1)).toEqual([['globex one']]);
    expect(await TenantContext.run(acme, () => namesIn(pool))).not.toContain('globex one copied');
  });

  it('transaction control in odd spellings keeps the tenant from statement to statement', async () => {
    const pool = openPool({ pin });
    const client = await TenantContext.run(acme, () => pool.connect());
    const spellings = ['/* a /* b */ */ BeGiN ;', 'commit and chain', 'savepoint s', 'select 1/0'];
    const endings = [
      'rollback to s',
      'release s',
      'ROLLBACK\tAND CHAIN',
      'END',
      'start transaction',
      'abort',
    ];
    for (const text of [...spellings, ...endings, ';', '-- nothing']) {
      await client.query(text).catch(() => {});
      if (text !== 'select 1/0') expect(await namesIn(client)).toEqual(['acme one']);
    }
    client.release();
    expect(await seenByGlobex(pool, names, 1)).toEqual([['globex one']]);
  });

  it.each(['select 1 as é$$; commit; select 1 as é$$', "select e'\\'; commit; --'; commit; select 1"])(
    'a COMMIT among other statements is found however the text is quoted: %s',
    async (text) => {
      const pool = openPool({ pin });
      const sent = TenantContext.run(acme, () => pool.query(text));
      await expect(sent).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    },
  );
});
