/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
import { openWireTap } from '../../../../test/support/wire-tap.js';
import { runScript } from '../pin/pinned-query.js';
import type { PinMode } from '../pool-options.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const both = [acme, globex];

let database: TestDatabase;
const pools: TenantPool[] = [];

/** Without a guard: what the pool does by itself must hold by itself. */
function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({
    connectionString: database.loginUrl,
    max: 2,
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
  await prepareHomes(database, both);
  for (const { schema, slug } of both) {
    await admin.query(`create table ${schema}.products (id serial primary key, name text unique)`);
    await admin.query(`insert into ${schema}.products (name) values ('${slug} one'), ('${slug} two')`);
  }
  await admin.query('create table public.countries (code text primary key)');
  await admin.query("insert into public.countries values ('CH')");
  await prepareHomes(database, []);
  await admin.end();
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(() => database.drop());

const names = 'select name from products order by id';
async function namesOf(pool: pg.Pool | pg.PoolClient): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(names);
  return rows.map((row) => row.name);
}

describe.each<PinMode>(['statement', 'session'])('a tenant pool with %s pins', (pin) => {
  it('reads the tables of the tenant in force, on one connection', async () => {
    const pool = openPool({ pin, max: 1 });
    for (const tenant of [acme, globex, acme]) {
      const found = await TenantContext.run(tenant, () => namesOf(pool));
      expect(found).toEqual([`${tenant.slug} one`, `${tenant.slug} two`]);
    }
    expect(pool.totalCount).toBe(1);
  });

  it('keeps 400 interleaved statements apart on two connections', async () => {
    const pool = openPool({ pin });
    await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const tenant = both[index % 2] ?? acme;
        const found = await TenantContext.run(tenant, () => namesOf(pool));
        expect(found[0]).toBe(`${tenant.slug} one`);
      }),
    );
    expect(pool.totalCount).toBeLessThanOrEqual(2);
  });

  it('reads shared tables, and sees no tenant table as the system', async () => {
    const pool = openPool({ pin });
    const countries = () => pool.query('select code from countries');
    expect((await TenantContext.run(acme, countries)).rows).toEqual([{ code: 'CH' }]);
    expect((await TenantContext.runAsSystem('test', countries)).rows).toEqual([{ code: 'CH' }]);
    await TenantContext.run(acme, () => namesOf(pool));
    await expect(TenantContext.runAsSystem('test', () => namesOf(pool))).rejects.toMatchObject({
      code: '42P01',
    });
  });

  it('refuses to act without a context, in every form of call', async () => {
    const pool = openPool({ pin });
    const missing = { code: 'TENANT_CONTEXT_MISSING' };
    await expect(pool.query(names)).rejects.toMatchObject(missing);
    await expect(pool.connect()).rejects.toMatchObject(missing);
    await new Promise<void>((resolve) => {
      pool.connect((error, client) => {
        expect(error).toMatchObject(missing);
        expect(client).toBeUndefined();
        resolve();
      });
    });
    expect(pool.totalCount).toBe(0);
  });

  it('fails when the schema of the tenant does not exist, instead of reading the shared one', async () => {
    const pool = openPool({ pin, max: 1 });
    const nowhere = makeTenant('nowhere');
    await expect(
      TenantContext.run(nowhere, () => pool.query('select code from countries')),
    ).rejects.toMatchObject({ code: '3F000' });
    expect(await TenantContext.run(acme, () => namesOf(pool))).toContain('acme one');
  });

  it('leaves a client with the tenant it was checked out for', async () => {
    const pool = openPool({ pin });
    const client = await TenantContext.run(acme, () => pool.connect());
    expect(await TenantContext.run(globex, () => namesOf(client))).toContain('acme one');
    client.release();
  });

  it('makes a released client useless, and its listeners leave with it', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    const heard: unknown[] = [];
    client.on('notice', (notice) => heard.push(notice));
    client.release();
    expect(() => client.query(names)).toThrow(expect.objectContaining({ code: 'ISOLATION_VIOLATION' }));
    expect(() => client.release()).toThrow(/already been released/);
    const next = await TenantContext.run(globex, () => pool.connect());
    await next.query('begin');
    await next.query("do $$ begin raise notice 'secret'; end $$");
    await next.query('commit');
    next.release();
    expect(heard).toEqual([]);
  });

  it('hands a callback over in the context of who asked', async () => {
    const pool = openPool({ pin, max: 1 });
    const holder = await TenantContext.run(globex, () => pool.connect());
    const asked = TenantContext.run(
      acme,
      () =>
        new Promise<string | undefined>((resolve, reject) => {
          pool.connect((error, client, release) => {
            if (error || !client) return reject(error);
            release();
            resolve(TenantContext.get()?.slug);
          });
        }),
    );
    TenantContext.run(globex, () => holder.release());
    expect(await asked).toBe('acme');
  });

  it('is right again after an error in the same batch', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(globex, () => pool.connect());
    await client.query(names);
    client.release();
    const acmes = await TenantContext.run(acme, () => pool.connect());
    await expect(acmes.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    expect(await namesOf(acmes)).toContain('acme one');
    acmes.release();
    expect(await TenantContext.run(globex, () => namesOf(pool))).toContain('globex one');
  });

  it('keeps a transaction pinned through savepoints, errors and isolation levels', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('START TRANSACTION');
    await client.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
    await client.query('SAVEPOINT one');
    expect(await namesOf(client)).toContain('acme one');
    await expect(client.query('select nonsense')).rejects.toMatchObject({ code: '42703' });
    await client.query('ROLLBACK TO SAVEPOINT one');
    await client.query("insert into products (name) values ('acme three')");
    expect(await namesOf(client)).toContain('acme three');
    await client.query('ROLLBACK');
    expect(await namesOf(client)).not.toContain('acme three');
    client.release();
    expect(pool.totalCount).toBe(1);
  });

  it('pins the transaction that COMMIT AND CHAIN begins', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('begin');
    await client.query(names);
    await client.query('commit and chain');
    expect(await namesOf(client)).toContain('acme one');
    await client.query('rollback and chain');
    expect(await namesOf(client)).toContain('acme one');
    await client.query('rollback');
    client.release();
  });

  it('closes a connection released with a transaction open, or a statement under way', async () => {
    const pool = openPool({ pin, max: 1 });
    const open = await TenantContext.run(acme, () => pool.connect());
    await open.query('begin');
    open.release();
    const busy = await TenantContext.run(acme, () => pool.connect());
    const slow = busy.query('select pg_sleep(30)');
    busy.release();
    await expect(slow).rejects.toThrow(/terminated/);
    const queued = await TenantContext.run(acme, () => pool.connect());
    const forgotten = Promise.allSettled([
      queued.query('select 1').then(() => queued.release()),
      queued.query('begin'),
    ]);
    await forgotten;
    expect(await TenantContext.run(globex, () => namesOf(pool))).toContain('globex one');
    expect(pool.stats().discarded).toBe(3);
  });

  it('closes a connection that session state was left on', async () => {
    const pool = openPool({ pin, max: 1 });
    const pid = async () => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid;
    for (const statement of [
      'create temp table products (name text)',
      "set statement_timeout = '1min'",
      "select set_config('search_path', 'tenant_globex', false)",
      'listen gossip',
      'select pg_advisory_lock(7)',
      "prepare gossip as select 'acme'",
    ]) {
      const before = await TenantContext.run(acme, pid);
      await TenantContext.run(acme, () => pool.query(statement));
      expect(await TenantContext.run(globex, pid)).not.toBe(before);
    }
    expect(pool.stats().discarded).toBe(6);
    expect(await TenantContext.run(globex, () => namesOf(pool))).toContain('globex one');
  });

  it('puts its tenant back after a statement that changed the path itself', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('set search_path to tenant_globex');
    expect(await namesOf(client)).toContain('acme one');
    await client.query('begin');
    await client.query(names);
    await client.query("select set_config('search_path', 'tenant_globex', true)");
    expect(await namesOf(client)).toContain('acme one');
    await client.query('commit');
    client.release();
  });

  it('does not let a temporary table stand before the tenant table', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('create temp table products (id serial, name text)');
    expect(await namesOf(client)).toContain('acme one');
    client.release();
  });

  it('pins cursors, streams and COPY', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    const cursor = client.query(new Cursor<{ name: string }>(names));
    expect((await cursor.read(1)).map((row) => row.name)).toEqual(['acme one']);
    await cursor.close();

    const streamed: string[] = [];
    for await (const row of client.query(new QueryStream(names))) streamed.push(row.name);
    expect(streamed).toContain('acme two');

    let copied = '';
    for await (const chunk of client.query(copyTo('copy products (name) to stdout'))) copied += chunk;
    expect(copied).toContain('acme one');

    const ingest = client.query(copyFrom('copy products (name) from stdin'));
    await new Promise((resolve, reject) => {
      ingest.on('finish', resolve).on('error', reject);
      ingest.end('acme copied\n');
    });
    expect(await namesOf(client)).toContain('acme copied');
    await client.query("delete from products where name = 'acme copied'");
    client.release();
    expect(await TenantContext.run(globex, () => namesOf(pool))).not.toContain('acme copied');
  });

  it('tells a stream when its pin failed', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(makeTenant('nowhere'), () => pool.connect());
    const stream = client.query(new QueryStream(names));
    await expect(stream.toArray()).rejects.toMatchObject({ code: '3F000' });
    const failedCopy = client.query(copyTo('copy countries to stdout'));
    await expect(failedCopy.toArray()).rejects.toMatchObject({ code: '3F000' });
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '3F000' });
    client.release();
  });

  it('survives a stream abandoned half-way', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    const stream = client.query(
      new QueryStream('select * from generate_series(1, 100000)', [], { batchSize: 10 }),
    );
    for await (const _ of stream) break;
    client.release();
    expect(await TenantContext.run(globex, () => namesOf(pool))).toContain('globex one');
  });

  it('sends several statements as one batch, and refuses transaction control among them', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    const results = (await client.query(`select 1 as a; -- one\n ${names};;`)) as unknown as pg.QueryResult[];
    expect(results.map((result) => result.rows.length)).toEqual([1, 2]);
    await expect(
      client.query("insert into products (name) values ('half'); select 1 / 0"),
    ).rejects.toMatchObject({ code: '22012' });
    expect(await namesOf(client)).not.toContain('half');
    for (const text of ['commit; select 1', '/* a */ rollback; select 1', 'select 1; begin']) {
      await expect(client.query(text)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    }
    expect(() => client.query(copyTo('commit; copy countries to stdout'))).toThrow(/of its own/);
    expect(() => client.query(copyTo('copy countries to stdout; copy countries to stdout'))).toThrow(
      /Several/,
    );
    expect(() => client.query({ submit: () => {} } as unknown as pg.Submittable)).toThrow(
      /does not show its text/,
    );
    client.release();
  });

  it('runs the parts of an owner’s script in the homes that they are pinned to, and is in its own afterwards', async () => {
    const pool = openPool({ pin, max: 1, connectionString: database.url });
    const client = await pool.asOwner('a test', acme).connect();
    const where = 'insert into products (name) select current_schema() || $1';
    const toGlobex = pool.ownerPin('a test', globex);
    await runScript(client, [
      { text: where, values: ['!'] },
      toGlobex,
      { text: where, values: ['!'] },
      pool.ownerPin('a test', acme),
      { text: where, values: ['?'] },
    ]);
    expect((await namesOf(client)).slice(2)).toEqual([`${acme.schema}!`, `${acme.schema}?`]);
    await expect(runScript(client, [toGlobex, { text: 'select 1 / 0' }])).rejects.toMatchObject({
      code: '22012',
    });
    expect(await namesOf(client)).toContain('acme one');
    client.release();
    expect(pool.stats()).toMatchObject({ discarded: 0 });
    expect((await TenantContext.run(globex, () => namesOf(pool))).slice(2)).toEqual([`${globex.schema}!`]);

    const other = await pool.asOwner('a test', acme).connect();
    await runScript(other, [{ ...toGlobex }]);
    other.release();
    expect(pool.stats()).toMatchObject({ discarded: 1 });
    for (const tenant of both)
      await TenantContext.run(tenant, () => pool.query('delete from products where id > 2'));
  });

  it('runs no procedure that commits half-way and goes on without its pin', async () => {
    const pool = openPool({ pin, max: 1 });
    const client = await TenantContext.run(acme, () => pool.connect());
    // Versions before 18 would commit here: Rowhouse refuses. With session pins the path outlives the commit.
    await client
      .query(`do $$ begin commit; perform from products where name = 'acme one'; end $$`)
      .catch((error) => expect(['2D000', 'STATEMENT_REFUSED']).toContain(error.code));
    await client.query('begin');
    await expect(client.query('do $$ begin commit; end $$')).rejects.toMatchObject({ code: '2D000' });
    await client.query('rollback');
    await client.query('begin');
    await client.query('do $$ begin perform from products; end $$');
    await client.query('commit');
    client.release();
  });

  it('serves named statements, arrays of rows and callbacks as pg does', async () => {
    const pool = openPool({ pin, max: 1 });
    for (const tenant of [acme, globex, acme]) {
      const client = await TenantContext.run(tenant, () => pool.connect());
      const { rows } = await client.query({
        name: 'first',
        text: 'select name from products where id = $1',
        values: [1],
        rowMode: 'array',
      });
      expect(rows).toEqual([[`${tenant.slug} one`]]);
      await new Promise<void>((resolve) => {
        client.query(names, (error: Error, result: pg.QueryResult) => {
          expect(error).toBeNull();
          expect(result.rows[0].name).toBe(`${tenant.slug} one`);
          resolve();
        });
      });
      client.release();
    }
  });

  it('recycles a connection after it has served many tenants', async () => {
    const pool = openPool({ pin, max: 1, maxTenantsPerConnection: 1 });
    const backend = async () => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid;
    const first = await TenantContext.run(acme, backend);
    expect(await TenantContext.run(acme, backend)).toBe(first);
    await TenantContext.run(globex, backend);
    expect(await TenantContext.run(globex, backend)).not.toBe(first);
    expect(pool.stats().recycled).toBe(1);
  });

  it('prefers the connection that served the tenant before', async () => {
    const pool = openPool({ pin, max: 2 });
    const backend = async (client: pg.Pool | pg.PoolClient) =>
      (await client.query('select pg_backend_pid() as pid')).rows[0].pid;
    const one = await TenantContext.run(acme, () => pool.connect());
    const two = await TenantContext.run(globex, () => pool.connect());
    const [acmesBackend, globexBackend] = [await backend(one), await backend(two)];
    one.release();
    two.release();
    for (let round = 0; round < 3; round += 1) {
      expect(await TenantContext.run(acme, () => backend(pool))).toBe(acmesBackend);
      expect(await TenantContext.run(globex, () => backend(pool))).toBe(globexBackend);
    }
  });

  it('reports how many tenants each connection has served, and what it keeps prepared', async () => {
    const pool = openPool({ pin, max: 2 });
    for (let time = 0; time < 2; time += 1) {
      const clients = await Promise.all(
        [acme, globex].map((tenant) => TenantContext.run(tenant, () => pool.connect())),
      );
      for (const client of clients) await client.query('select name from products');
      for (const client of clients) client.release();
    }
    await TenantContext.runAsSystem('test', () => pool.query('select 1'));
    expect(pool.stats().connections).toEqual([
      { tenants: 1, preparedStatements: 1 },
      { tenants: 1, preparedStatements: 1 },
    ]);
  });

  it('answers TENANT_POOL_EXHAUSTED when no connection comes free', async () => {
    const pool = openPool({ pin, max: 1, connectionTimeoutMillis: 1_000 });
    // A busy machine may need longer than that to make the first connection.
    let client: pg.PoolClient | undefined;
    await until(async () => {
      client = await TenantContext.run(acme, () => pool.connect()).catch(() => undefined);
      return client;
    });
    await expect(TenantContext.run(globex, () => pool.query(names))).rejects.toMatchObject({
      code: 'TENANT_POOL_EXHAUSTED',
      status: 503,
      retryAfterSeconds: 1,
    });
    client?.release();
  });

  it('offers a view that acts for one tenant whatever the context', async () => {
    const pool = openPool({ pin, max: 1 });
    const acmes = pool.for(acme);
    expect(await namesOf(acmes)).toContain('acme one');
    expect(await TenantContext.run(globex, () => namesOf(acmes))).toContain('acme one');
    await acmes.end();
    expect(await namesOf(acmes)).toContain('acme one');
    expect(pool.totalCount).toBe(1);
  });

  it('opens its sockets outside any context, so that a lost callback acts for nobody', async () => {
    const pool = openPool({ pin, max: 1 });
    const seen: unknown[] = [];
    pool.on('connect', (client) => {
      const { stream } = (client as unknown as { connection: { stream: NodeJS.EventEmitter } }).connection;
      stream.on('data', () => seen.push(TenantContext.scope()));
    });
    await TenantContext.run(acme, () => namesOf(pool));
    await TenantContext.run(globex, () => namesOf(pool));
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it('tells the listeners of a stream and callbacks in the context that asked', async () => {
    const pool = openPool({ pin, max: 1 });
    await TenantContext.run(globex, () => namesOf(pool));
    const client = await TenantContext.run(acme, () => pool.connect());
    const slugs = await TenantContext.run(
      acme,
      () =>
        new Promise((resolve) => {
          const seen: unknown[] = [];
          const note = () => seen.push(TenantContext.get()?.slug);
          client.query('select 1', note);
          client
            .query(new QueryStream(names))
            .on('data', note)
            .on('end', () => resolve([...seen, TenantContext.get()?.slug]));
        }),
    );
    expect(slugs).toEqual(['acme', 'acme', 'acme', 'acme']);
    client.release();
  });

  it('reaches no connection through pool events', async () => {
    const pool = openPool({ pin, max: 1 });
    const attempts: unknown[] = [];
    pool.on('connect', (client) => {
      try {
        void client.query(names);
      } catch (error) {
        attempts.push(error);
      }
    });
    await TenantContext.run(acme, () => namesOf(pool));
    expect(attempts).toEqual([expect.objectContaining({ code: 'STATEMENT_REFUSED' })]);
  });
});

describe('round trips', () => {
  it.each<PinMode>(['statement', 'session'])(
    '%s pins: one a statement, two a transaction of one statement',
    async (pin) => {
      const tap = await openWireTap(database.url);
      const pool = openPool({ connectionString: tap.url, pin, max: 1 });
      await TenantContext.run(globex, () => pool.query(names));
      for (const tenant of both) {
        tap.reset();
        await TenantContext.run(tenant, () => pool.query(names));
        expect(tap.roundTrips).toBe(1);

        const client = await TenantContext.run(tenant, () => pool.connect());
        tap.reset();
        await client.query('begin');
        await client.query(names);
        await client.query('commit');
        expect(tap.roundTrips).toBe(2);
        client.release();
      }
      await tap.close();
    },
  );
});

describe('options', () => {
  it('names the field that is wrong', () => {
    expect(() => openPool({ pin: 'always' as PinMode })).toThrow(/pin/);
    expect(() => openPool({ maxTenantsPerConnection: 0 })).toThrow(/maxTenantsPerConnection/);
    expect(() => openPool({ sharedSchemas: ['public; drop schema'] })).toThrow(/sharedSchemas/);
  });
});
