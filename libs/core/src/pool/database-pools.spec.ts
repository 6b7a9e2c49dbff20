/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { homesOf } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
import { openWireTap, type WireTap } from '../../../../test/support/wire-tap.js';
import type { TenantHomes } from '../homes/tenant-homes.js';
import { databaseNameOf, type Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const own = ['acme', 'globex', 'initech'].map((slug) => makeTenant(slug, { isolation: 'database' }));
const [acme, globex, initech] = own as [Tenant, Tenant, Tenant];
const neighbour = makeTenant('neighbour');

let database: TestDatabase;
let homes: TenantHomes;
let tap: WireTap;
const pools: TenantPool[] = [];

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: tap.url, max: 2, ...config });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

async function onDatabaseOf(tenant: Tenant, sql: string): Promise<void> {
  const client = new pg.Client(await homes.ownerConfigOf(tenant));
  await client.connect();
  await client.query(sql);
  await client.end();
}

const whereAmI = 'select current_database() as database, (select name from names) as name';
const ask = async (pool: pg.Pool, tenant: Tenant) =>
  (await TenantContext.run(tenant, () => pool.query(whereAmI))).rows[0];
const rightFor = (tenant: Tenant) => ({ database: databaseNameOf(tenant), name: tenant.slug });

/** Asks again for a connection that a busy machine could not make in the time that callers of the pool wait. */
async function untilInTime<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!/TENANT_POOL_EXHAUSTED|timeout/.test(`${(error as { code?: string }).code} ${error}`)) throw error;
    }
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
  homes = homesOf(database);
  for (const tenant of [...own, neighbour]) {
    await homes.prepare(tenant);
    const schema = tenant.isolation === 'schema' ? tenant.schema : 'public';
    await onDatabaseOf(tenant, `create table ${schema}.names as select '${tenant.slug}'::text as name`);
  }
  tap = await openWireTap(database.loginUrl);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  await tap.close();
  for (const tenant of [...own, neighbour]) await homes.remove(tenant);
  await homes.close();
  await database.drop();
});

describe('tenants with a database of their own', () => {
  it('are throttled there, also by pools that are opened later', async () => {
    const pool = openPool();
    await ask(pool, acme);
    pool.throttle(new Map([acme, globex].map(({ id }) => [id, 1])));
    for (const tenant of [acme, globex]) {
      const held = await pool.for(tenant).connect();
      const waiting = pool.for(tenant).query(whereAmI);
      const turns = () => pool.stats().databases.get(`default/${tenant.id}`)?.tenants.get(tenant.id);
      await until(() => turns()?.waiting === 1);
      expect(turns()).toEqual({ active: 1, waiting: 1 });
      held.release();
      await waiting;
    }
  });

  it('are served from it, by the pool that serves the others', async () => {
    const pool = openPool();
    for (const tenant of [acme, globex, acme]) expect(await ask(pool, tenant)).toEqual(rightFor(tenant));
    expect(await ask(pool, neighbour)).toEqual({ database: database.name, name: 'neighbour' });
    expect((await pool.for(globex).query(whereAmI)).rows).toEqual([rightFor(globex)]);
    expect([...pool.stats().databases.keys()]).toEqual([`default/${acme.id}`, `default/${globex.id}`]);
  });

  it('have one pool each, opened by whoever comes first', async () => {
    const pool = openPool();
    const before = tap.connections;
    await Promise.all(Array.from({ length: 30 }, () => ask(pool, acme)));
    expect(pool.stats().databases.size).toBe(1);
    expect(pool.stats().databases.get(`default/${acme.id}`)?.total).toBeLessThanOrEqual(5);
    expect(tap.connections - before).toBeLessThanOrEqual(5);
  });

  it('share a budget: who was not asked for the longest gives way, who is in use does not', async () => {
    const pool = openPool({ databases: { maxConnections: 2 } });
    const held = await pool.for(acme).connect();
    await ask(pool, globex);
    expect(await ask(pool, initech)).toEqual(rightFor(initech));
    const open = [...pool.stats().databases].filter(([, { total }]) => total > 0).map(([key]) => key);
    expect(open.sort()).toEqual([`default/${acme.id}`, `default/${initech.id}`].sort());
    expect((await held.query(whereAmI)).rows).toEqual([rightFor(acme)]);
    held.release();
  });

  it('wait for a connection of the budget, and are told when none comes', async () => {
    const pool = openPool({ databases: { maxConnections: 1 }, connectionTimeoutMillis: 1_000 });
    const held = await untilInTime(() => pool.for(acme).connect());
    await expect(ask(pool, globex)).rejects.toMatchObject({ code: 'TENANT_POOL_EXHAUSTED', status: 503 });
    held.release();
    expect(await untilInTime(() => ask(pool, globex))).toEqual(rightFor(globex));
  });

  it('are forgotten when they have been idle for long enough', async () => {
    const pool = openPool({ databases: { idleTimeoutMs: 5 } });
    await ask(pool, acme);
    await until(() => pool.stats().databases.size === 0);
    expect(await ask(pool, acme)).toEqual(rightFor(acme));
  });

  it('are left at once where their database is to be dropped, but for what is in use', async () => {
    const pool = openPool();
    await Promise.all([ask(pool, acme), ask(pool, acme), ask(pool, globex)]);
    const held = await pool.for(acme).connect();
    pool.closeIdle(acme);
    expect(pool.stats().databases.get(`default/${acme.id}`)).toMatchObject({ total: 1, idle: 0 });
    held.release();
    pool.closeIdle(acme);
    await until(() => !pool.stats().databases.has(`default/${acme.id}`));
    expect([...pool.stats().databases.keys()]).toEqual([`default/${globex.id}`]);
    expect(await ask(pool, acme)).toEqual(rightFor(acme));
  });

  it('take their credentials from where their placement says, when they are needed', async () => {
    process.env.ROWHOUSE_SPEC_PLACEMENT = tap.url;
    process.env.ROWHOUSE_SPEC_EMPTY = '';
    const { hostname: host, port, username: user, password } = new URL(tap.url);
    const fields = { host, port: Number(port), user, password: async () => password };
    const asked: string[] = [];
    const urlOnDemand = async () => {
      asked.push('asked');
      return tap.url;
    };
    const pool = openPool({
      databases: {
        placements: {
          byVariable: { url: { env: 'ROWHOUSE_SPEC_PLACEMENT' } },
          byFunction: { url: urlOnDemand },
          byFields: { url: () => fields },
          unset: { url: { env: 'ROWHOUSE_SPEC_UNSET' } },
          empty: { url: { env: 'ROWHOUSE_SPEC_EMPTY' } },
        },
      },
    });
    const on = (placement: string) => ({ ...acme, placement });
    expect(asked).toEqual([]);
    expect(await ask(pool, on('byVariable'))).toEqual(rightFor(acme));
    expect(await ask(pool, on('byFunction'))).toEqual(rightFor(acme));
    expect(asked).toEqual(['asked']);
    expect(await ask(pool, on('byFields'))).toEqual(rightFor(acme));
    await expect(ask(pool, on('unset'))).rejects.toThrow(/ROWHOUSE_SPEC_UNSET: expected postgres:/);
    await expect(ask(pool, on('empty'))).rejects.toThrow(/ROWHOUSE_SPEC_EMPTY: expected postgres:/);
    await expect(ask(pool, on('nowhere'))).rejects.toMatchObject({ code: 'PLACEMENT_UNKNOWN' });
    delete process.env.ROWHOUSE_SPEC_PLACEMENT;
    delete process.env.ROWHOUSE_SPEC_EMPTY;
  });

  it('are refused a database that does not bear their mark', async () => {
    const pool = openPool();
    await onDatabaseOf(acme, `comment on database "${databaseNameOf(acme)}" is 'somebody else'`);
    await expect(ask(pool, acme)).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
    await expect(homes.prepare(acme)).rejects.toMatchObject({ code: 'TENANT_CONFLICT' });
    await onDatabaseOf(acme, `comment on database "${databaseNameOf(acme)}" is 'Rowhouse tenant ${acme.id}'`);
  });

  it('act in a role that may neither create nor reach the other databases', async () => {
    const pool = openPool({ guard: { mode: 'off' } });
    const refused = { code: '42501' };
    await expect(pool.for(acme).query('create table loot (a int)')).rejects.toMatchObject(refused);
    await expect(pool.for(acme).query('create schema loot')).rejects.toMatchObject(refused);
    const stranger = new pg.Client(await homes.ownerConfigOf(globex));
    await stranger.connect();
    const { rows } = await stranger.query(
      `select has_database_privilege($1, current_database(), 'connect') as connect`,
      [`rowhouse_${acme.id.replaceAll('-', '')}`],
    );
    expect(rows).toEqual([{ connect: false }]);
    await stranger.end();
  });

  it('and others live on no placement that the options do not name', async () => {
    const pool = openPool();
    await expect(ask(pool, { ...neighbour, placement: 'far' })).rejects.toMatchObject({
      code: 'PLACEMENT_UNKNOWN',
    });
  });
});

it('outlives a connection that the server ends while it is idle', async () => {
  const pool = openPool();
  expect(await ask(pool, acme)).toEqual(rightFor(acme));
  const admin = new pg.Client(database.url);
  await admin.connect();
  await admin.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [
    databaseNameOf(acme),
  ]);
  await admin.end();
  // The end reaches the pool before the answer to this, or this fails once: the pool goes on either way.
  await ask(pool, acme).catch(() => {});
  expect(await ask(pool, acme)).toEqual(rightFor(acme));
});
