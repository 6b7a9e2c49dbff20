/** @suite pgbouncer */
import { TenantContext, TenantPool } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../support/homes.js';
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.js';
import { makeTenant } from '../support/tenants.js';

const tenants = Array.from({ length: 20 }, (_, index) => makeTenant(`t${index}`));
const [acme, globex] = tenants as [(typeof tenants)[0], (typeof tenants)[0]];

let database: TestDatabase;
let bouncer: PgBouncer;
let pool: TenantPool;

beforeAll(async () => {
  database = await createTestDatabase();
  const admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, tenants);
  for (const { schema, slug } of tenants) {
    await admin.query(`create table ${schema}.products (name text primary key)`);
    await admin.query(`insert into ${schema}.products values ('${slug} one')`);
  }
  await admin.end();
  bouncer = await startPgBouncer(database.loginUrl, 2);
});

beforeEach(() => {
  pool = new TenantPool({ connectionString: bouncer.url, max: 20, guard: { mode: 'off' } });
  pool.on('error', () => {});
});

afterEach(() => pool.end());

afterAll(async () => {
  await bouncer?.stop();
  await database?.drop();
});

const names = 'select name from products order by name';
const namesOf = async (client: pg.Pool | pg.PoolClient) =>
  (await client.query<{ name: string }>(names)).rows.map(({ name }) => name);

describe('through PgBouncer, transaction mode, two server connections', () => {
  it('keeps 4,000 interleaved statements of twenty tenants apart', async () => {
    let wrong = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, client) => {
        for (let turn = 0; turn < 200; turn += 1) {
          const tenant = tenants[(client * 7 + turn * 3) % tenants.length] ?? acme;
          const found = await TenantContext.run(tenant, () => namesOf(pool));
          if (found.length !== 1 || found[0] !== `${tenant.slug} one`) wrong += 1;
        }
      }),
    );
    expect(wrong).toBe(0);
  });

  it('keeps concurrent transactions with savepoints and errors apart', async () => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const tenant = tenants[index % tenants.length] ?? acme;
        const client = await TenantContext.run(tenant, () => pool.connect());
        await client.query('begin');
        await client.query('set transaction isolation level repeatable read');
        expect(await namesOf(client)).toEqual([`${tenant.slug} one`]);
        await client.query('savepoint a');
        await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
        await client.query('rollback to savepoint a');
        await client.query(`insert into products values ('${tenant.slug} ${index}')`);
        expect((await namesOf(client)).every((name) => name.startsWith(`${tenant.slug} `))).toBe(true);
        await client.query('rollback');
        client.release();
      }),
    );
  });

  it('pins cursors, streams, COPY and several statements in one text', async () => {
    await Promise.all(
      tenants.map(async (tenant) => {
        const client = await TenantContext.run(tenant, () => pool.connect());
        const one = [{ name: `${tenant.slug} one` }];
        const cursor = client.query(new Cursor(names));
        expect(await cursor.read(5)).toEqual(one);
        await cursor.close();
        expect(await client.query(new QueryStream(names)).toArray()).toEqual(one);
        let copied = '';
        for await (const chunk of client.query(copyTo('copy products to stdout'))) copied += chunk;
        expect(copied).toBe(`${tenant.slug} one\n`);
        const ingest = client.query(copyFrom('copy products from stdin'));
        await new Promise((resolve, reject) => {
          ingest.on('finish', resolve).on('error', reject);
          ingest.end(`${tenant.slug} two\n`);
        });
        await client.query(`${names}; delete from products where name like '% two'`);
        expect(await namesOf(client)).toEqual([`${tenant.slug} one`]);
        client.release();
      }),
    );
  });

  it('runs named statements of twenty tenants, forty in parallel', async () => {
    const named = {
      name: 'by name',
      text: 'select name from products where name like $1',
      values: ['% one'],
    };
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const tenant = tenants[index % tenants.length] ?? acme;
        for (let turn = 0; turn < 3; turn += 1) {
          const { rows } = await TenantContext.run(tenant, () => pool.query(named));
          expect(rows).toEqual([{ name: `${tenant.slug} one` }]);
        }
      }),
    );
  });

  it('runs prepared statements of Drizzle, forty in parallel', async () => {
    const products = pgTable('products', { name: text('name').primaryKey() });
    const db = drizzle(pool);
    const byName = db
      .select()
      .from(products)
      .where(sql`${products.name} = ${sql.placeholder('name')}`)
      .prepare('product by name');
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const tenant = tenants[index % tenants.length] ?? acme;
        const name = `${tenant.slug} one`;
        expect(await TenantContext.run(tenant, () => byName.execute({ name }))).toEqual([{ name }]);
      }),
    );
  });

  it('refuses a statement that is sent by its name alone', async () => {
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query({ name: 'one', text: 'select 1' });
    await expect(client.query({ name: 'one' } as pg.QueryConfig)).rejects.toMatchObject({
      code: 'STATEMENT_REFUSED',
    });
    client.release();
  });

  it('refuses what would leave state on a server connection', async () => {
    for (const statement of [
      'set statement_timeout = 0',
      'listen gossip',
      'create temp table products (name text)',
      'select pg_advisory_lock(1)',
      "select set_config('search_path', 'tenant_t1', false)",
      'prepare gossip as select 1',
      'do $$ begin end $$',
    ]) {
      await expect(TenantContext.run(acme, () => pool.query(statement))).rejects.toMatchObject({
        code: 'STATEMENT_REFUSED',
      });
    }
    const client = await TenantContext.run(acme, () => pool.connect());
    await client.query('begin');
    await client.query("set local statement_timeout = '1s'");
    await client.query('create temp table scratch (name text) on commit drop');
    await client.query('select pg_advisory_xact_lock(1)');
    await client.query('commit');
    client.release();
  });

  it('leaves no server connection pinned', async () => {
    await TenantContext.run(acme, () => namesOf(pool));
    const raw = new pg.Pool({ connectionString: bouncer.url, max: 4 });
    raw.on('error', () => {});
    const paths = await Promise.all(Array.from({ length: 40 }, () => raw.query('show search_path')));
    expect(new Set(paths.map(({ rows }) => rows[0].search_path))).toEqual(new Set(['"$user", public']));
    await raw.end();
  });

  it('works after a cancelled statement and a terminated connection', async () => {
    const client = await TenantContext.run(acme, () => pool.connect());
    const slow = client.query({ text: 'select pg_sleep(60)', query_timeout: 50 } as pg.QueryConfig);
    await expect(slow).rejects.toThrow(/timeout/);
    client.release();
    const admin = new pg.Client(database.url);
    await admin.connect();
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()",
    );
    await admin.end();
    for (const tenant of [globex, acme, globex]) {
      expect(await TenantContext.run(tenant, () => namesOf(pool))).toEqual([`${tenant.slug} one`]);
    }
  });

  it('refuses session pins', async () => {
    const sticky = new TenantPool({ connectionString: bouncer.url, pin: 'session' });
    await expect(TenantContext.run(acme, () => sticky.query(names))).rejects.toMatchObject({
      code: 'STATEMENT_REFUSED',
    });
    await sticky.end();
  });
});
