/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import fc from 'fast-check';
import pg from 'pg';
import { dropRoles } from '../../../../test/support/roles.js';
import { checkSeeded } from '../../../../test/support/seeded-property.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { migrateCatalog } from '../catalog/migrate-catalog.js';
import { TenantHomes } from '../homes/tenant-homes.js';
import { parsePoolOptions, type TenancyPoolOptions } from '../pool-options.js';
import { rolesOf, type Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import { DatabasePool } from './database-pool.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const PREFIX = `placed_${process.pid}`;
/** One slug lives in several places, as in a store of another deployment. */
const tenants = ['default', 'eu', 'us'].flatMap((placement) => [
  makeTenant('acme', { placement }),
  makeTenant('globex', { placement, isolation: 'row' }),
  makeTenant('initech', { placement, isolation: 'row' }),
]);
const nameOf = ({ slug, placement }: Tenant) => `${slug} on ${placement}`;

const databases = new Map<string, TestDatabase>();
let homes: TenantHomes;
const pools: TenantPool[] = [];

const optionsOf = (urls: Record<string, string> = {}): TenancyPoolOptions => ({
  roles: PREFIX,
  databases: {
    placements: Object.fromEntries(
      ['eu', 'us'].map((name) => {
        const { url, loginUrl } = databases.get(name) as TestDatabase;
        return [name, { url: () => urls[name] ?? loginUrl, ownerUrl: () => urls[name] ?? url }];
      }),
    ),
  },
});

function openPool(config: TenantPoolConfig = {}, urls?: Record<string, string>): TenantPool {
  const { loginUrl } = databases.get('default') as TestDatabase;
  const pool = new TenantPool({ connectionString: loginUrl, max: 2, ...optionsOf(urls), ...config });
  pools.push(pool);
  return pool;
}

async function on(placement: string, sql: string): Promise<void> {
  const client = new pg.Client(databases.get(placement)?.url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

const openHomes = (urls?: Record<string, string>) => {
  const { url, loginUrl } = databases.get('default') as TestDatabase;
  return new TenantHomes({ owner: { url }, logins: [new URL(loginUrl).username], pool: optionsOf(urls) });
};

beforeAll(async () => {
  for (const placement of ['default', 'eu', 'us']) databases.set(placement, await createTestDatabase());
  homes = openHomes();
  const { row } = rolesOf(PREFIX);
  for (const tenant of tenants) await homes.prepare(tenant);
  for (const placement of ['default', 'eu', 'us']) {
    await on(
      placement,
      `create table public.names (tenant_id uuid not null, name text);
       create policy rowhouse_tenant on public.names for all to public
         using (tenant_id = nullif(current_setting('rowhouse.tenant_id', true), '')::uuid);
       create table tenant_acme.names (tenant_id uuid, name text);
       grant select on public.names to ${row}`,
    );
    for (const tenant of tenants.filter((one) => one.placement === placement)) {
      const table = `${tenant.isolation === 'row' ? 'public' : tenant.schema}.names`;
      await on(placement, `insert into ${table} values ('${tenant.id}', '${nameOf(tenant)}')`);
    }
    await on(placement, 'alter table public.names enable row level security, force row level security');
  }
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  await homes.close();
  for (const database of databases.values()) await database.drop();
  await dropRoles(PREFIX);
});

const ask = async (pool: pg.Pool, tenant: Tenant) =>
  (await TenantContext.run(tenant, () => pool.query('select name from names'))).rows;

describe('tenants that share the database of a placement', () => {
  it('are served from it alone, whatever others do at the same time', async () => {
    const pool = openPool();
    const order = Array.from({ length: 300 }, (_, index) => tenants[(index * 7) % tenants.length] as Tenant);
    const answers = await Promise.all(order.map((tenant) => ask(pool, tenant)));
    expect(answers).toEqual(order.map((tenant) => [{ name: nameOf(tenant) }]));
    expect([...pool.stats().databases.keys()].sort()).toEqual(['eu/', 'us/']);
    for (const { total, max } of pool.stats().databases.values()) {
      expect(max).toBe(2);
      expect(total).toBeLessThanOrEqual(2);
    }
  });

  it('keep their database in a transaction that others come into', async () => {
    const pool = openPool();
    const [here, there] = ['default', 'eu'].map((placement) =>
      tenants.find((one) => one.placement === placement && one.isolation === 'row'),
    ) as [Tenant, Tenant];
    const client = await TenantContext.run(there, () => pool.connect());
    await client.query('begin');
    await TenantContext.run(here, async () => {
      expect((await client.query('select name from names')).rows).toEqual([{ name: nameOf(there) }]);
      expect((await pool.query('select name from names')).rows).toEqual([{ name: nameOf(here) }]);
    });
    await client.query('commit');
    client.release();
  });

  it('are never pinned on a connection to another database', async () => {
    const settings = parsePoolOptions(optionsOf());
    const main = new DatabasePool({ connectionString: databases.get('default')?.loginUrl }, settings);
    for (const tenant of tenants.filter(({ placement }) => placement !== 'default'))
      await expect(ask(main, tenant)).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
    await main.end();
  });

  it('share the budget of connections with the other databases', async () => {
    const pool = openPool({ databases: { ...optionsOf().databases, maxConnections: 1 } });
    const [eu, us] = ['eu', 'us'].map((name) => tenants.find(({ placement }) => placement === name)) as [
      Tenant,
      Tenant,
    ];
    for (const tenant of [eu, us, eu]) expect(await ask(pool, tenant)).toEqual([{ name: nameOf(tenant) }]);
    const open = [...pool.stats().databases.values()].reduce((sum, { total }) => sum + total, 0);
    expect(open).toBeLessThanOrEqual(1);
  });

  it('alone fail while its server is away, and are told so', async () => {
    const url = Object.assign(new URL(databases.get('eu')?.loginUrl as string), { port: '1' }).href;
    const pool = openPool({}, { eu: url });
    for (const tenant of tenants) {
      if (tenant.placement === 'eu')
        await expect(ask(pool, tenant)).rejects.toMatchObject({
          code: 'PLACEMENT_UNAVAILABLE',
          status: 503,
          retryAfterSeconds: 5,
        });
      else expect(await ask(pool, tenant)).toEqual([{ name: nameOf(tenant) }]);
    }
  });
});

/** One thing that code of a tenant does, perhaps while it holds a connection of its own that others came into. */
const STEPS = ['read', 'read in a transaction', 'fail', 'escape by a setting', 'escape by a name'] as const;
interface Step {
  readonly tenant: Tenant;
  readonly kind: (typeof STEPS)[number];
  /** In whose context the connection is used. */
  readonly within: Tenant;
}

/** What a tenant reads in the end: its own name, or nothing. */
async function take(pool: TenantPool, { tenant, kind, within }: Step): Promise<void> {
  const client = await TenantContext.run(tenant, () => pool.connect());
  let failure: Error | undefined;
  const read = async () => (await client.query('select name from names')).rows;
  try {
    await TenantContext.run(within, async () => {
      if (kind === 'read in a transaction') await client.query('begin');
      if (kind === 'fail') await client.query('select 1 / 0').catch(() => {});
      if (kind === 'escape by a setting')
        await expect(client.query(`set rowhouse.tenant_id = '${within.id}'`)).rejects.toThrow();
      if (kind === 'escape by a name' && tenant.isolation === 'row')
        await expect(client.query('select name from tenant_acme.names')).rejects.toThrow();
      expect(await read()).toEqual([{ name: nameOf(tenant) }]);
      if (kind === 'read in a transaction') await client.query('commit');
    });
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.release(failure);
  }
}

it.each(['statement', 'session'] as const)(
  'tenants of one slug on several placements stay apart, in whatever order they come, with %s pins',
  async (pin) => {
    const anyTenant = fc.constantFrom(...tenants);
    const step: fc.Arbitrary<Step> = fc.record({
      tenant: anyTenant,
      kind: fc.constantFrom(...STEPS),
      within: anyTenant,
    });
    const pool = openPool({ pin });
    await checkSeeded(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        await Promise.all(steps.map((one) => take(pool, one)));
      }),
      { name: `placements, ${pin} pins`, runs: 15 },
    );
  },
);

describe('a database that does not bear the mark of the placement', () => {
  const ofEu = tenants.filter(({ placement }) => placement === 'eu');

  it('is not served from', async () => {
    const { loginUrl } = databases.get('us') as TestDatabase;
    const pool = openPool({}, { eu: loginUrl });
    for (const tenant of ofEu)
      await expect(ask(pool, tenant)).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED', status: 500 });
  });

  it('is not changed, where it is another placement’s, a main database, or somebody’s', async () => {
    const other = await createTestDatabase();
    const urls = [databases.get('us')?.url as string, other.url];
    await using main = { [Symbol.asyncDispose]: () => other.drop() };
    void main;
    const client = new pg.Client(other.url);
    await client.connect();
    await migrateCatalog(client);
    await client.end();
    for (const url of urls) {
      const wrong = openHomes({ eu: url });
      for (const tenant of ofEu) {
        await expect(wrong.prepare(tenant)).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED' });
        if (tenant.isolation === 'schema')
          await expect(wrong.remove(tenant)).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED' });
      }
      await wrong.close();
    }
    const pool = openPool();
    const [acme] = tenants.filter(({ placement, isolation }) => placement === 'us' && isolation === 'schema');
    expect(await ask(pool, acme as Tenant)).toEqual([{ name: 'acme on us' }]);
  });
});
