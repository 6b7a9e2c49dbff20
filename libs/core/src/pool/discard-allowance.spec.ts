import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
import { openWireTap } from '../../../../test/support/wire-tap.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import { DiscardAllowance } from './discard-allowance.js';
import { FairQueue } from './fair-queue.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const quiet = makeTenant('quiet');
const hostile = makeTenant('hostile', { plan: 'free' });

let database: TestDatabase;
const pools: TenantPool[] = [];

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: database.loginUrl, max: 4, ...config });
  pools.push(pool);
  return pool;
}

const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [quiet, hostile]);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(() => database.drop());

describe('an allowance of discards', () => {
  it('lets ten seconds of them come at once, and then so many a second', () => {
    let now = 0;
    const allowance = new DiscardAllowance(() => now);
    for (let n = 0; n < 20; n += 1) {
      expect(allowance.holdMs('a')).toBe(0);
      allowance.spend('a', 2);
    }
    expect(allowance.holdMs('a')).toBe(0);
    allowance.spend('a', 2);
    expect(allowance.holdMs('a')).toBe(500);
    expect(allowance.holdMs('b')).toBe(0);
    now = 500;
    expect(allowance.holdMs('a')).toBe(0);
    now = 1_000_000;
    allowance.spend('a', 2);
    expect(allowance.holdMs('a')).toBe(0);
  });

  it('holds a key in the queue, lets others pass, and wakes it', async () => {
    let holdMs = 20;
    const queue = new FairQueue(2, (key) => (key === 'held' ? holdMs : 0));
    const share = { concurrency: 2, queue: 10 };
    const order: string[] = [];
    const held = new Promise<void>((resolve) => {
      queue.enter('held', share, () => resolve(void order.push('held')), { timeoutMs: 0 });
    });
    queue.enter('free', share, () => order.push('free'), { timeoutMs: 0 });
    expect(order).toEqual(['free']);
    holdMs = 0;
    await held;
    expect(order).toEqual(['free', 'held']);
  });
});

describe('a tenant whose connections are closed one after the other', () => {
  it.each([
    ['session state', 'set work_mem = 1024'],
    ['too many rows', "select repeat('a', 2000)"],
  ])('waits for its next one, and nobody else does: %s', async (_, text) => {
    const tap = await openWireTap(database.loginUrl);
    const pool = openPool({
      connectionString: tap.url,
      // Nobody else waits so long, on a busy machine either.
      connectionTimeoutMillis: 3_000,
      plans: { free: { limits: { discardsPerSecond: 0.1, resultBytes: 1_000 } } },
    });
    const asked = await Promise.allSettled(
      Array.from({ length: 30 }, () => as(hostile, () => pool.query(text))),
    );
    expect(asked.at(-1)).toMatchObject({
      status: 'rejected',
      reason: { code: 'TENANT_POOL_EXHAUSTED', retryAfterSeconds: 1 },
    });
    // Those of the pool at once, and one in place of the first that was closed: the allowance is overdrawn by the second.
    expect(tap.connections).toBeLessThanOrEqual(5);
    for (let n = 0; n < 20; n += 1) await as(quiet, () => pool.query('select 1'));
    await pool.end();
    pools.length = 0;
    await tap.close();
  });

  it('waits for the new connection itself, and leaves the idle ones to others', async () => {
    const pool = openPool({ max: 4 });
    const both = await Promise.all([hostile, quiet].map((tenant) => as(tenant, () => pool.connect())));
    for (const client of both) client.release();
    let opened = 0;
    pool.on('connect', () => {
      opened += 1;
    });
    await as(hostile, () => pool.query('set work_mem = 1024'));
    expect(pool.stats()).toMatchObject({ total: 2, idle: 1 });
    expect(pool.stats().tenants.get(hostile.id)).toEqual({ active: 1, waiting: 0 });
    await as(quiet, () => pool.query('select 1'));
    await until(() => pool.stats().tenants.size === 0);
    expect([opened, pool.stats().total, pool.stats().idle]).toEqual([1, 2, 2]);
  });

  it('gives its turn back where no new connection can be had', async () => {
    const tap = await openWireTap(database.loginUrl);
    const pool = openPool({ connectionString: tap.url, max: 1 });
    const client = await as(hostile, () => pool.connect());
    await tap.close();
    client.release(true);
    await until(() => pool.stats().tenants.size === 0);
    await expect(as(quiet, () => pool.query('select 1'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('has no limit of its own as the system', async () => {
    const pool = openPool({ limits: { discardsPerSecond: 0.1 } });
    for (let n = 0; n < 5; n += 1)
      await TenantContext.runAsSystem('test', () => pool.query('set work_mem = 1024'));
    expect(pool.stats().discarded).toBe(5);
  });
});

describe('a statement that fails', () => {
  it.each([
    ['on the server', 'select 1 / 0', '22012'],
    ['when it is parsed', 'selec', undefined],
    ['at the guard', 'create table a (b int)', 'STATEMENT_REFUSED'],
  ])('costs no connection: %s', async (_, text, code) => {
    const pool = openPool({ max: 1 });
    const pid = async () => (await as(quiet, () => pool.query('select pg_backend_pid() as pid'))).rows[0].pid;
    const before = await pid();
    for (let n = 0; n < 20; n += 1)
      await expect(as(hostile, () => pool.query(text))).rejects.toMatchObject(code ? { code } : {});
    expect(await pid()).toBe(before);
  });

  it('costs one where its transaction is left open, or the release says so', async () => {
    const pool = openPool({ max: 1 });
    for (const [before, reason] of [
      ['begin', undefined],
      ['select 1', true],
    ] as const) {
      const client: pg.PoolClient = await as(hostile, () => pool.connect());
      await client.query(before);
      const error = await client.query('select 1 / 0').catch((failure: Error) => failure);
      client.release(reason ?? (error as Error));
      expect((await as(quiet, () => pool.query('select 1 as n'))).rows).toEqual([{ n: 1 }]);
    }
    expect(pool.stats().discarded).toBe(1);
  });
});
