/** @suite postgres15 */
import { jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { openWireTap } from '../../../../test/support/wire-tap.js';
import { TenantPool, type TenantPoolConfig } from '../pool/tenant-pool.js';
import type { PinMode } from '../pool-options.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import { entryTo } from './entry.fixture.js';
import type { OperatorEntry } from './operator-entry.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const ENDED = { code: 'ENTRY_ENDED' };
const MARKS =
  "select current_setting('rowhouse.entry', true) as entry, current_setting('application_name') as application, current_setting('transaction_read_only') as mode";

let database: TestDatabase;
let admin: pg.Client;
const pools: TenantPool[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [acme, globex]);
  admin = new pg.Client(database.url);
  await admin.connect();
  for (const { schema } of [acme, globex]) await admin.query(`create table ${schema}.things (id int)`);
  await prepareHomes(database, [acme, globex]);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({
    connectionString: database.loginUrl,
    max: 2,
    application_name: 'shop',
    ...config,
  });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

const under = <T>(entry: OperatorEntry, work: () => T, tenant: Tenant = acme) =>
  TenantContext.run(tenant, work, { entry });
const things = async () =>
  (await admin.query(`select count(*)::int as n from ${acme.schema}.things`)).rows[0].n;

describe.each<PinMode>(['statement', 'session'])('under an entry, with %s pins', (pin) => {
  it('statements are marked, and those of others on the same connection are not', async () => {
    const pool = openPool({ pin, max: 1 });
    const entry = entryTo(acme);
    const marks = async () => (await pool.query(MARKS)).rows[0];
    for (let time = 0; time < 2; time += 1) {
      expect(await under(entry, marks)).toEqual({
        entry: entry.id,
        application: `rowhouse-entry ${entry.id}`,
        mode: 'on',
      });
      for (const tenant of [acme, globex]) {
        const { entry: mark, ...rest } = await TenantContext.run(tenant, marks);
        expect(mark || null).toBeNull();
        expect(rest).toEqual({ application: 'shop', mode: 'off' });
      }
    }
  });

  it('a statement costs one round trip, and a transaction of one statement two', async () => {
    const tap = await openWireTap(database.loginUrl);
    const pool = openPool({ connectionString: tap.url, pin, max: 1 });
    const entry = entryTo(acme);
    await TenantContext.run(globex, () => pool.query('select 1'));
    for (const work of [
      (send: () => Promise<void>) => under(entry, send),
      (send: () => Promise<void>) => TenantContext.run(acme, send),
    ])
      await work(async () => {
        tap.reset();
        await pool.query('select * from things');
        expect(tap.roundTrips).toBe(1);
        const client = await pool.connect();
        tap.reset();
        for (const text of ['begin', 'select * from things', 'commit']) await client.query(text);
        expect(tap.roundTrips).toBe(2);
        client.release();
      });
    await tap.close();
  });

  it('a transaction that is under way when it ends is rolled back', async () => {
    const pool = openPool({ pin });
    const entry = entryTo(acme, { readOnly: false });
    await under(entry, async () => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('insert into things values (1)');
      entry.end();
      await expect(client.query('commit')).rejects.toMatchObject(ENDED);
      client.release();
      await expect(pool.connect()).rejects.toMatchObject(ENDED);
      await expect(pool.query('select 1')).rejects.toMatchObject(ENDED);
    });
    expect(await things()).toBe(0);
    expect((await TenantContext.run(acme, () => pool.query('select 1'))).rowCount).toBe(1);
  });

  it('a statement that is under way when it ends is cancelled, with its write', async () => {
    const pool = openPool({ pin });
    const entry = entryTo(acme, { readOnly: false });
    const text = 'insert into things select 1 from pg_sleep(60)';
    const running = under(entry, () => pool.query(text));
    running.catch(() => {});
    const active = async () =>
      (await admin.query("select from pg_stat_activity where state = 'active' and query = $1", [text]))
        .rowCount;
    while ((await active()) === 0);
    entry.end();
    await expect(running).rejects.toMatchObject(ENDED);
    while ((await active()) !== 0);
    expect(await things()).toBe(0);
  });

  it('a stream stops where it is', async () => {
    const pool = openPool({ pin });
    const entry = entryTo(acme);
    await under(entry, async () => {
      const client = await pool.connect();
      const rows = client.query(
        new QueryStream('select * from generate_series(1, 100000)', [], { batchSize: 10, highWaterMark: 10 }),
      );
      let read = 0;
      const reading = (async () => {
        for await (const _ of rows) {
          read += 1;
          if (read === 5) entry.end();
        }
      })();
      await expect(reading).rejects.toMatchObject(ENDED);
      expect(read).toBeLessThan(100);
      client.release();
    });
  });
});

describe('under an entry', () => {
  it('a request that waits for a connection stops waiting when it ends', async () => {
    const pool = openPool({ max: 1 });
    const held = await TenantContext.run(acme, () => pool.connect());
    const entry = entryTo(acme);
    const waiting = under(entry, () => pool.query('select 1'));
    entry.end();
    await expect(waiting).rejects.toMatchObject(ENDED);
    held.release();
  });

  it('nothing is sent after its time, though no timer has run', async () => {
    const pool = openPool();
    const remainingMs = 3_600_000;
    const entry = entryTo(acme, { remainingMs });
    await under(entry, async () => {
      const client = await pool.connect();
      await client.query('select 1');
      const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + remainingMs);
      const sent = client.query('select 1');
      clock.mockRestore();
      await expect(sent).rejects.toMatchObject(ENDED);
      client.release();
    });
  });

  it('no other tenant is entered, and nobody acts as the owner', async () => {
    const pool = openPool();
    const entry = entryTo(acme);
    const violation = { code: 'ISOLATION_VIOLATION' };
    await under(entry, async () => {
      expect(() => TenantContext.run(globex, () => 1)).toThrow(expect.objectContaining(violation));
      expect(() => TenantContext.runAsSystem('above', () => TenantContext.run(globex, () => 1))).toThrow(
        expect.objectContaining(violation),
      );
      await expect(pool.for(globex).query('select 1')).rejects.toMatchObject(violation);
      await expect(pool.asOwner('repair', acme).query('select 1')).rejects.toMatchObject(violation);
      expect(() => pool.ownerPin('repair', acme)).toThrow(expect.objectContaining(violation));
      await expect(TenantContext.runAsLogin('repair', () => pool.query('select 1'))).rejects.toMatchObject(
        violation,
      );
    });
    expect(() => under(entry, () => 1, globex)).toThrow(expect.objectContaining(violation));
  });

  it('what is started stays under it, until it is left', async () => {
    const entry = entryTo(acme);
    const other = entryTo(acme, { readOnly: false });
    const outside = TenantContext.capture();
    await under(entry, async () => {
      const inForce = () => TenantContext.entry();
      expect(TenantContext.run(acme, inForce)).toBe(entry);
      expect(under(other, inForce)).toBe(entry);
      expect(TenantContext.runAsSystem('above', inForce)).toBe(entry);
      const bound = TenantContext.bind(inForce);
      expect(outside(bound)).toBe(entry);
      expect(outside(inForce)).toBeUndefined();
      await new Promise((resolve) => setImmediate(resolve));
      expect(inForce()).toBe(entry);
    });
    expect(TenantContext.entry()).toBeUndefined();
  });
});
