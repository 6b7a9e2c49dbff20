/** @suite postgres15 */
import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import type pg from 'pg';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { openWireTap } from '../../../../test/support/wire-tap.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const quiet = makeTenant('quiet', { plan: 'pro' });
const flood = makeTenant('flood', { plan: 'free' });

let database: TestDatabase;
const pools: TenantPool[] = [];

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: database.loginUrl, max: 4, ...config });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);

/** Takes connections and holds them. */
async function hold(pool: TenantPool, tenant: Tenant, count: number): Promise<pg.PoolClient[]> {
  return Promise.all(Array.from({ length: count }, () => as(tenant, () => pool.connect())));
}

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [quiet, flood]);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(() => database.drop());

describe('a tenant that floods the pool', () => {
  it('has half of the connections, and leaves the others to the rest', async () => {
    const pool = openPool();
    const held = await hold(pool, flood, 2);
    const waiting = Array.from({ length: 5 }, () => as(flood, () => pool.query('select 1')));
    expect((await as(quiet, () => pool.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
    expect(pool.stats().tenants).toEqual(new Map([[flood.id, { active: 2, waiting: 5 }]]));
    for (const client of held) client.release();
    await Promise.all(waiting);
    expect(pool.stats()).toMatchObject({ waiting: 0, refused: 0 });
    expect(pool.stats().tenants.size).toBe(0);
  });

  it('leaves some to the rest when others flood it too', async () => {
    const pool = openPool({ max: 8 });
    const floods = [flood, makeTenant('flood-two'), makeTenant('flood-three')];
    const asked = floods.map((tenant) => Array.from({ length: 9 }, () => as(tenant, () => pool.connect())));
    const counts = () => floods.map(({ id }) => pool.stats().tenants.get(id)?.active);
    expect(counts()).toEqual([4, 2, 2]);
    for (const clients of asked) for (const client of clients) void client.then((one) => one.release());
    await Promise.all(asked.flat());
    expect(pool.stats().tenants.size).toBe(0);
  });

  it('waits in its own queue while it is throttled, and others do not', async () => {
    const pool = openPool();
    const held = await hold(pool, flood, 2);
    pool.throttle(new Map([[flood.id, 1]]));
    const waiting = Array.from({ length: 3 }, () => as(flood, () => pool.query('select 1')));
    held[0]?.release();
    expect((await as(quiet, () => pool.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
    expect(pool.stats().tenants).toEqual(new Map([[flood.id, { active: 1, waiting: 3 }]]));
    // Whoever acts for one tenant only has the same pool.
    (pool.for(flood) as TenantPool).throttle(new Map());
    await Promise.all(waiting);
    held[1]?.release();
    expect(pool.stats()).toMatchObject({ max: 4, waiting: 0, refused: 0 });
  });

  it('has what its plan gives it, and is told 503 at once when too many wait', async () => {
    const pool = openPool({ plans: { free: { limits: { concurrency: 1, queue: 1 } } } });
    const [held] = await hold(pool, flood, 1);
    const waiting = as(flood, () => pool.query('select 1'));
    await expect(as(flood, () => pool.query('select 1'))).rejects.toMatchObject({
      code: 'TENANT_POOL_EXHAUSTED',
      status: 503,
      retryAfterSeconds: 1,
    });
    const others = await hold(pool, quiet, 2);
    for (const client of [held, ...others]) client?.release();
    await waiting;
    expect(pool.stats().refused).toBe(1);
  });

  it('has what an override gives it, from the moment that its tenant has it', async () => {
    const pool = openPool({ plans: { free: { limits: { concurrency: 1, queue: 0 } } } });
    const [held] = await hold(pool, flood, 1);
    await expect(as(flood, () => pool.query('select 1'))).rejects.toMatchObject({ status: 503 });
    const changed = makeTenant('flood', { ...flood, overrides: { limits: { concurrency: 2 } } });
    expect((await as(changed, () => pool.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
    held?.release();
  });

  it('waits no less than one with a single request', async () => {
    const pool = openPool({ max: 1 });
    const [held] = await hold(pool, quiet, 1);
    const order: string[] = [];
    const ask = (tenant: Tenant) =>
      as(tenant, () => pool.query('select 1')).then(() => order.push(tenant.slug));
    const all = [ask(flood), ask(flood), ask(flood), ask(quiet)];
    held?.release();
    await Promise.all(all);
    expect(order).toEqual(['flood', 'quiet', 'flood', 'flood']);
  });
});

describe('time limits', () => {
  const timed = {
    limits: { statementTimeoutMs: 400 },
    plans: { free: { limits: { statementTimeoutMs: 0, idleInTransactionTimeoutMs: 40 } } },
  };

  it('cancel the statements of the tenants that have them, and of no other', async () => {
    const pool = openPool({ ...timed, max: 1 });
    await expect(as(quiet, () => pool.query('select pg_sleep(5)'))).rejects.toMatchObject({ code: '57014' });
    await as(flood, () => pool.query('select pg_sleep(0.6)'));
    const shown = await TenantContext.runAsSystem('test', () => pool.query('show statement_timeout'));
    expect(shown.rows).toEqual([{ statement_timeout: '0' }]);
  });

  it('end a transaction in which nothing happens', async () => {
    const pool = openPool({ ...timed, max: 1 });
    const [client] = await hold(pool, flood, 1);
    const ended = new Promise((resolve) => client?.once('error', resolve));
    await client?.query('begin');
    await client?.query('select 1');
    expect(await ended).toMatchObject({ code: '25P03' });
    client?.release(true);
    expect((await as(flood, () => pool.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
  });

  it.each(['statement', 'session'] as const)(
    'of an override hold for its tenant alone, with %s pins',
    async (pin) => {
      const pool = openPool({ plans: { free: {}, pro: {} }, pin, max: 1 });
      const slow = makeTenant('quiet', {
        ...quiet,
        overrides: { limits: { statementTimeoutMs: 5_000 } },
      });
      const shown = async (tenant: Tenant) =>
        (await as(tenant, () => pool.query('show statement_timeout'))).rows[0]?.statement_timeout;
      expect([await shown(slow), await shown(flood), await shown(slow), await shown(quiet)]).toEqual([
        '5s',
        '0',
        '5s',
        '0',
      ]);
    },
  );

  it('cost no round trip', async () => {
    const tap = await openWireTap(database.loginUrl);
    const pool = openPool({ connectionString: tap.url, limits: { statementTimeoutMs: 60_000 }, max: 1 });
    await as(quiet, () => pool.query('select 1'));
    tap.reset();
    await as(quiet, () => pool.query('select 1'));
    expect(tap.roundTrips).toBe(1);
    await pool.end();
    pools.length = 0;
    await tap.close();
  });
});

describe('an aborted request', () => {
  const gone = new Error('gone');

  it('has the statement under way cancelled, on a connection that is not used again', async () => {
    const pool = openPool({ max: 1 });
    const request = new AbortController();
    const client = await TenantContext.run(quiet, () => pool.connect(), { signal: request.signal });
    const asked = client.query('select pg_sleep(30)');
    const observer = openPool({ connectionString: database.url });
    const sleeping =
      "select 1 from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(30)' and state = 'active'";
    while ((await TenantContext.runAsLogin('test', () => observer.query(sleeping))).rowCount === 0);
    request.abort(gone);
    await expect(asked).rejects.toMatchObject({ code: '57014' });
    client.release();
    expect(pool.stats()).toMatchObject({ idle: 0, discarded: 1 });
    expect((await as(flood, () => pool.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
  });

  it('sends nothing more but a rollback', async () => {
    const pool = openPool({ max: 1 });
    const request = new AbortController();
    const client = await TenantContext.run(quiet, () => pool.connect(), { signal: request.signal });
    await client.query('begin');
    await client.query('select 1');
    request.abort(gone);
    for (const text of ['select 1', 'commit', 'savepoint a', 'begin'])
      await expect(client.query(text)).rejects.toMatchObject({
        code: 'STATEMENT_REFUSED',
        message: 'The statement was cancelled before it was sent.',
      });
    await client.query('rollback');
    client.release();
    expect(pool.stats()).toMatchObject({ idle: 0, discarded: 1 });
  });

  it('has its statement cancelled again when the first request came before the server had it', async () => {
    const tap = await openWireTap(database.loginUrl);
    const pool = openPool({ connectionString: tap.url, max: 1 });
    const request = new AbortController();
    const client = await TenantContext.run(quiet, () => pool.connect(), { signal: request.signal });
    await client.query('select 1');
    const release = tap.hold();
    const asked = client.query('select pg_sleep(600)');
    request.abort(gone);
    while (tap.connections < 2 || tap.open > 1) await delay(5);
    release();
    await expect(asked).rejects.toMatchObject({ code: '57014' });
    client.release();
    await tap.close();
  });

  it('loses its connection where the server does not answer a statement, or a rollback', async () => {
    // Both at once: each waits for ten seconds.
    const loses = async (what: 'a statement' | 'a rollback') => {
      const tap = await openWireTap(database.loginUrl);
      const pool = openPool({ connectionString: tap.url, max: 1 });
      const request = new AbortController();
      const client = await TenantContext.run(quiet, () => pool.connect(), { signal: request.signal });
      for (const text of ['begin', 'select 1']) await client.query(text);
      const frozen = tap.failAfter(tap.bytes, 'freeze');
      let asked: Promise<unknown>;
      if (what === 'a rollback') {
        request.abort(gone);
        asked = client.query('rollback');
      } else {
        asked = client.query('select 1');
        await frozen;
        request.abort(gone);
      }
      await expect(asked).rejects.toMatchObject({
        code: 'CONNECTION_LOST',
        message: expect.stringContaining('the server did not answer after the statement was cancelled'),
      });
      client.release();
      expect(pool.stats()).toMatchObject({ idle: 0 });
      await tap.close();
    };
    await Promise.all([loses('a statement'), loses('a rollback')]);
  });

  it('waits for no connection any more', async () => {
    const pool = openPool({ max: 1 });
    const request = new AbortController();
    const [held] = await hold(pool, flood, 1);
    const asked = TenantContext.run(quiet, () => pool.query('select 1'), { signal: request.signal });
    request.abort(gone);
    await expect(asked).rejects.toBe(gone);
    expect(pool.stats().waiting).toBe(0);
    held?.release();
    expect((await as(quiet, () => pool.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
  });

  it('may have gone when nothing was under way: the connection is used again', async () => {
    const pool = openPool({ max: 1 });
    const request = new AbortController();
    await TenantContext.run(quiet, () => pool.query('select 1'), { signal: request.signal });
    request.abort(gone);
    expect(pool.stats()).toMatchObject({ total: 1, idle: 1, discarded: 0 });
  });
});
