/** @suite postgres15 */
import { once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const acme = makeTenant('acme');

let database: TestDatabase;
let admin: pg.Client;
const pools: TenantPool[] = [];

/** Nobody listens to its errors, and nobody to those of its clients: an error that is thrown fails the test. */
function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: database.loginUrl, max: 1, ...config });
  pools.push(pool);
  return pool;
}

const as = <T>(work: () => Promise<T>) => TenantContext.run(acme, work);

/** A lease on a new connection, and the end of that connection. */
async function leaseOf(pool: TenantPool): Promise<[client: pg.PoolClient, gone: Promise<unknown>]> {
  const opened = once(pool, 'connect');
  const client = await as(() => pool.connect());
  const [connection] = await opened;
  // Not events.once(): that fails when there is an `error`, and there is.
  return [client, new Promise((resolve) => connection.once('end', resolve))];
}

const pidOf = (client: pg.PoolClient) => (client as unknown as { processID: number }).processID;
const terminate = (pid: number) => admin.query('select pg_terminate_backend($1, 10000)', [pid]);

async function expectUsable(pool: TenantPool): Promise<void> {
  expect((await as(() => pool.query('select 1 as n'))).rows).toEqual([{ n: 1 }]);
  expect(pool.stats().tenants.size).toBe(0);
}

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, [acme]);
  await admin.query(`create table ${acme.schema}.products (id int primary key)`);
  await prepareHomes(database, [acme]);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

const terminated = { code: '57P01' };
/** What statements are told that come after the loss. */
const lost = { code: 'CONNECTION_LOST', cause: expect.objectContaining(terminated) };

describe('a connection that the server ends', () => {
  it.each([
    ['idle', undefined],
    ['in a transaction', 'begin'],
  ])('while its lease is %s: the next query is told why', async (_, before) => {
    const pool = openPool();
    const [client, gone] = await leaseOf(pool);
    if (before) await client.query(before);
    await terminate(pidOf(client));
    await gone;
    await expect(client.query('select 1')).rejects.toMatchObject(lost);
    await new Promise<void>((resolve) => {
      client.query('select 1', (error: Error) => {
        expect(error).toMatchObject(lost);
        resolve();
      });
    });
    await expect(client.query(new Cursor('select 1')).read(1)).rejects.toMatchObject(lost);
    await expect(client.query(new QueryStream('select 1')).toArray()).rejects.toMatchObject(lost);
    client.release();
    await expectUsable(pool);
  });

  it('tells who listens to the lease', async () => {
    const pool = openPool();
    const [client, gone] = await leaseOf(pool);
    const heard: unknown[] = [];
    client.on('error', (error) => heard.push(error));
    await terminate(pidOf(client));
    await gone;
    expect(heard[0]).toMatchObject(terminated);
    client.release();
  });

  it.each<[string, (client: pg.PoolClient) => Promise<unknown>]>([
    ['a query', (client) => client.query('select pg_sleep(60)')],
    ['a cursor', (client) => client.query(new Cursor('select pg_sleep(60)')).read(1)],
    ['a stream', (client) => client.query(new QueryStream('select pg_sleep(60)')).toArray()],
    ['COPY to a stream', (client) => client.query(copyTo('copy (select pg_sleep(60)) to stdout')).toArray()],
    [
      'COPY from a stream',
      (client) => {
        const ingest = client.query(copyFrom('copy products from stdin'));
        ingest.write('1\n');
        return once(ingest, 'finish');
      },
    ],
  ])('in the middle of %s: it is told why', async (_, work) => {
    const pool = openPool();
    const [client, gone] = await leaseOf(pool);
    const told = expect(work(client)).rejects.toMatchObject(terminated);
    const pid = pidOf(client);
    for (let active = false; !active; ) {
      const { rows } = await admin.query(
        "select state = 'active' and query ~ 'sleep|copy' as active from pg_stat_activity where pid = $1",
        [pid],
      );
      active = rows[0].active;
    }
    await terminate(pid);
    await told;
    await gone;
    await expect(client.query('select 1')).rejects.toMatchObject(lost);
    client.release();
    await expectUsable(pool);
  });

  it('while it is idle in the pool: the next lease has another', async () => {
    const pool = openPool();
    const [client, gone] = await leaseOf(pool);
    const pid = pidOf(client);
    client.release();
    await terminate(pid);
    await gone;
    await expectUsable(pool);
  });

  it('because a transaction was idle for longer than its plan allows', async () => {
    const pool = openPool({ limits: { idleInTransactionTimeoutMs: 20 } });
    const [client, gone] = await leaseOf(pool);
    await client.query('begin');
    await client.query('select 1');
    await gone;
    await expect(client.query('select 1')).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      cause: expect.objectContaining({ code: '25P03' }),
    });
    client.release();
    await expectUsable(pool);
  });

  it('while its lease is idle, and it is released without another query', async () => {
    const pool = openPool();
    const [client, gone] = await leaseOf(pool);
    await terminate(pidOf(client));
    await gone;
    client.release();
    await expectUsable(pool);
  });
});
