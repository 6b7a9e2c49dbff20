/** @suite postgres15 */
import { once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantPool } from '../pool/tenant-pool.js';
import type { PinMode } from '../pool-options.js';
import { TenantContext } from '../tenant-context.js';
import { runScript } from './pinned-query.js';

const acme = makeTenant('acme');
const nowhere = makeTenant('nowhere');

let database: TestDatabase;
let pool: TenantPool;

beforeAll(async () => {
  database = await createTestDatabase();
  const admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, [acme]);
  await admin.query(`create table ${acme.schema}.products (id int primary key)`);
  await admin.query(`insert into ${acme.schema}.products values (1), (2)`);
  await admin.end();
  await prepareHomes(database, [acme]);
});

afterAll(() => database.drop());

/** Runs work on a connection outside of a transaction and in one, and shows that the same connection goes on afterwards. */
async function everywhere(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await TenantContext.run(acme, () => pool.connect());
  try {
    for (const inTransaction of [false, true]) {
      const pid = await client.query('select pg_backend_pid() as pid');
      if (inTransaction) await client.query('begin');
      await work(client);
      if (inTransaction) await client.query('rollback');
      const again = await client.query(
        'select pg_backend_pid() as pid, (select count(*)::int from products) as n',
      );
      expect(again.rows).toEqual([{ ...pid.rows[0], n: 2 }]);
    }
  } finally {
    client.release();
  }
}

describe.each<PinMode>(['statement', 'session'])('COPY, with %s pins', (pin) => {
  beforeEach(() => {
    pool = new TenantPool({ connectionString: database.loginUrl, max: 1, pin });
  });

  afterEach(() => pool.end());

  const noStream = { code: '57014' }; // query_canceled, by the client

  it.each([
    'copy products from stdin',
    '/* a */ COPY products (id) FROM STDIN with (format csv) -- b',
    'copy products from stdout',
  ])('as a text is answered with an error at once: %s', async (text) => {
    await everywhere(async (client) => {
      await expect(client.query(text)).rejects.toMatchObject(noStream);
    });
    await everywhere(async (client) => {
      await expect(client.query({ name: 'copy', text })).rejects.toMatchObject(noStream);
    });
    await everywhere(async (client) => {
      await expect(client.query({ text, rows: 5 } as pg.QueryConfig)).rejects.toMatchObject(noStream);
    });
    await everywhere(async (client) => {
      await expect(client.query(new Cursor(text)).read(1)).rejects.toMatchObject(noStream);
    });
    await everywhere(async (client) => {
      await expect(client.query(new QueryStream(text)).toArray()).rejects.toMatchObject(noStream);
    });
  });

  it.each([
    'select 1; copy products from stdin',
    'copy products from stdin; select 1',
    'select 1; /* a */ copy products (id) from /* b */ stdin; copy products from stdin',
    'copy products from stdout; select 1',
    'copy products to stdout; select 1',
  ])('among other statements is refused before it is sent: %s', async (text) => {
    await everywhere(async (client) => {
      await expect(client.query(text)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    });
    await everywhere(async (client) => {
      await expect(runScript(client, [{ text }])).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    });
  });

  it('to nowhere ends, with the number of rows', async () => {
    await everywhere(async (client) => {
      expect(await client.query('copy products to stdout')).toMatchObject({ rowCount: 2, rows: [] });
    });
    await everywhere(async (client) => {
      expect(await client.query(new Cursor('copy products to stdout')).read(5)).toEqual([]);
    });
  });

  it('is not what a text is that only speaks of it', async () => {
    await everywhere(async (client) => {
      const results = (await client.query(
        "select 'copy products from stdin' as a; select 1 as b",
      )) as unknown;
      expect(results).toHaveLength(2);
    });
  });

  it('from a stream may be given up half-way, or fail in its data', async () => {
    await everywhere(async (client) => {
      const ingest = client.query(copyFrom('copy products from stdin'));
      const failed = once(ingest, 'error');
      ingest.write('3\n');
      ingest.destroy(new Error('given up'));
      expect(String(await failed)).toMatch(/given up/);
    });
    await everywhere(async (client) => {
      const ingest = client.query(copyFrom('copy products from stdin'));
      ingest.end('three\n');
      await expect(once(ingest, 'finish')).rejects.toMatchObject({ code: '22P02' });
    });
  });

  it('to a stream that is given up half-way closes its connection', async () => {
    const client = await TenantContext.run(acme, () => pool.connect());
    const stream = client.query(copyTo('copy (select * from generate_series(1, 1000000)) to stdout'));
    for await (const _ of stream) break;
    client.release();
    const { rows } = await TenantContext.run(acme, () =>
      pool.query('select count(*)::int as n from products'),
    );
    expect(rows).toEqual([{ n: 2 }]);
    expect(pool.stats().discarded).toBe(1);
  });

  it('by a stream is told when its pin failed', async () => {
    const client = await TenantContext.run(nowhere, () => pool.connect());
    const ingest = client.query(copyFrom('copy products from stdin'));
    ingest.end('3\n');
    await expect(once(ingest, 'finish')).rejects.toMatchObject({ code: '3F000' });
    await expect(client.query(copyTo('copy products to stdout')).toArray()).rejects.toMatchObject({
      code: '3F000',
    });
    client.release();
    const { rows } = await TenantContext.run(acme, () =>
      pool.query('select count(*)::int as n from products'),
    );
    expect(rows).toEqual([{ n: 2 }]);
  });

  it('and other statements that fail while they are read in portions leave the connection usable', async () => {
    await everywhere(async (client) => {
      const inPortions = {
        text: 'select 1 / (2 - n) from generate_series(1, 3) as n',
        rows: 1,
      } as pg.QueryConfig;
      await expect(client.query(inPortions)).rejects.toMatchObject({ code: '22012' });
    });
  });
});
