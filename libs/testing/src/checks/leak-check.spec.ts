import { TenantContext, TenantPool } from '@rowhouse/core';
import pg from 'pg';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { createTestDatabase, type TestDatabase } from '../databases/test-database.js';
import { expectNoLeaks } from './leak-check.js';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterEach(() => pool.end());
afterAll(() => database.drop());

/** What is never there in time is not waited for. */
const atOnce = { withinMs: 0 };

describe('expectNoLeaks', () => {
  it('passes when everything came back', async () => {
    await Promise.all([pool.query('select 1'), pool.query('select 2')]);
    await expectNoLeaks({ pool });
    await expectNoLeaks({ url: database.url });
    await expectNoLeaks({ dataSource: { driver: { master: pool, slaves: [pool] } } });
  });

  it('waits for a release that is on its way', async () => {
    const slow = pool.query('select pg_sleep(0.1)');
    await expectNoLeaks({ pool });
    await slow;
  });

  it('finds a connection that was not released, and a request that waits', async () => {
    const [first, second] = [await pool.connect(), await pool.connect()];
    const waiting = pool.connect();
    await expect(expectNoLeaks({ pool, ...atOnce })).rejects.toThrow(
      "2 of the pool's 2 connections not released\n- 1 request waiting",
    );
    first.release();
    second.release();
    (await waiting).release();
    await expectNoLeaks({ pool });
  });

  it('finds a transaction that was left open, with its statement', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('begin');
    await client.query('select 1 as forgotten');
    const check = expectNoLeaks({ url: database.url, ...atOnce });
    await expect(check).rejects.toThrow(/idle in transaction, last statement: select 1 as forgotten/);
    await client.end();
  });

  it('finds a statement under way', async () => {
    const asleep = `from pg_stat_activity
      where datname = current_database() and query = 'select pg_sleep(600)' and state = 'active'`;
    const sleep = pool.query('select pg_sleep(600)').catch((error: pg.DatabaseError) => error.code);
    const isAsleep = async () => (await pool.query(`select ${asleep}`)).rowCount === 1;
    while (!(await isAsleep()));
    const check = expectNoLeaks({ url: database.url, ...atOnce });
    await expect(check).rejects.toThrow('active, last statement: select pg_sleep(600)');
    await pool.query(`select pg_cancel_backend(pid) ${asleep}`);
    expect(await sleep).toBe('57014');
  });

  it('finds connections beyond the number allowed', async () => {
    await pool.query('select 1');
    await expectNoLeaks({ pool, maxConnections: 1 });
    await expect(expectNoLeaks({ pool, maxConnections: 0, ...atOnce })).rejects.toThrow('0 allowed in all');
  });

  it('finds settings, roles and tenants left on an idle connection', async () => {
    await pool.query('set search_path to tenant_acme');
    await expect(expectNoLeaks({ pool, ...atOnce })).rejects.toThrow(
      'session state: search_path = tenant_acme',
    );
    await expectNoLeaks({ pool, pins: 'kept' });
    await expectNoLeaks({ pool, allowedSettings: ['search_path'] });
    await pool.query('reset search_path');
    await pool.query('set role pg_monitor');
    await expect(expectNoLeaks({ pool, ...atOnce })).rejects.toThrow('session state: role = pg_monitor');
    await pool.query('reset role');
    await pool.query(`select set_config('rowhouse.tenant_id', 'acme', false)`);
    await expect(expectNoLeaks({ pool, ...atOnce })).rejects.toThrow(
      'session state: rowhouse.tenant_id = acme',
    );
    await pool.query('reset rowhouse.tenant_id');
    await expectNoLeaks({ pool });
  });

  it('asks for something to look at', async () => {
    await expect(expectNoLeaks({})).rejects.toThrow('a pool, a dataSource or a url');
  });
});

describe('expectNoLeaks on a tenant pool', () => {
  it.each(['statement', 'session'] as const)('sees what %s pins leave', async (pin) => {
    const acme = makeTenant('acme');
    await prepareHomes(database, [acme]);
    const tenants = new TenantPool({ connectionString: database.loginUrl, max: 1, pin });
    try {
      await TenantContext.run(acme, () => tenants.query('select 1'));
      const check = expectNoLeaks({ pool: tenants, ...atOnce });
      if (pin === 'statement') await check;
      else await expect(check).rejects.toThrow(/search_path = "?tenant_acme/);
      await expectNoLeaks({ pool: tenants, pins: 'kept' });
      const rows = await TenantContext.runAsSystem('test', () => tenants.query('select 1 as still_works'));
      expect(rows.rows).toEqual([{ still_works: 1 }]);
    } finally {
      await tenants.end();
    }
  });
});
