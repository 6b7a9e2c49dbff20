import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool } from './tenant-pool.js';

const free = makeTenant('free', { plan: 'free' });
const pro = makeTenant('pro', { plan: 'pro' });

let database: TestDatabase;
let pool: TenantPool;

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [free, pro]);
});

beforeEach(() => {
  pool = new TenantPool({
    connectionString: database.loginUrl,
    max: 1,
    plans: { free: { limits: { resultBytes: 100_000 } } },
  });
});

afterEach(() => pool.end());

afterAll(() => database.drop());

/** About 1,000 bytes a row. */
const rows = (count: number) => `select repeat('a', 990) as a from generate_series(1, ${count})`;
const tooLarge = { code: 'RESULT_TOO_LARGE', status: 500 };

const as = <T>(tenant: typeof free, work: () => Promise<T>) => TenantContext.run(tenant, work);

describe('a limit on the rows of a statement', () => {
  it('ends a statement with more, and its connection, and holds for its plan only', async () => {
    expect((await as(free, () => pool.query(rows(90)))).rows).toHaveLength(90);
    for (let time = 0; time < 2; time += 1)
      await expect(as(free, () => pool.query(rows(110)))).rejects.toMatchObject(tooLarge);
    expect((await as(pro, () => pool.query(rows(1_000)))).rows).toHaveLength(1_000);
  });

  it('counts each statement by itself, also in a transaction', async () => {
    const client = await as(free, () => pool.connect());
    await client.query('begin');
    for (let time = 0; time < 5; time += 1) await client.query(rows(60));
    await expect(client.query(`${rows(60)}; ${rows(60)}`)).rejects.toMatchObject(tooLarge);
    await expect(client.query('select 1')).rejects.toMatchObject(tooLarge);
    client.release();
    expect((await as(free, () => pool.query('select 1 as n'))).rows).toEqual([{ n: 1 }]);
  });

  it('counts what cursors and streams read by the portion', async () => {
    const client = await as(free, () => pool.connect());
    const stream = client.query(new QueryStream(rows(1_000), [], { batchSize: 20 }));
    expect(await stream.toArray()).toHaveLength(1_000);
    await expect(client.query(new Cursor(rows(1_000))).read(500)).rejects.toMatchObject(tooLarge);
    client.release();
  });

  it('does not count rows that a listener takes', async () => {
    const client = await as(free, () => pool.connect());
    let heard = 0;
    await new Promise((resolve, reject) => {
      client
        .query(new pg.Query(rows(1_000)))
        .on('row', () => (heard += 1))
        .on('end', resolve)
        .on('error', reject);
    });
    expect(heard).toBe(1_000);
    client.release();
  });
});
