/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import fc from 'fast-check';
import pg from 'pg';
import { dropRoles } from '../../../../test/support/roles.js';
import { checkSeeded } from '../../../../test/support/seeded-property.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
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

async function on(placement: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client(databases.get(placement)?.url);
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
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

describe('a tenant that tries to reach another placement', () => {
  /** What a tenant may send with the guard off, so that PostgreSQL answers: names that exist in each database, and ways to another one. */
  const reaches = [
    'select name from tenant_acme.names',
    'select name from public.names',
    'select name from public.names union all select name from tenant_acme.names',
    'select name from DATABASE.public.names',
    'select name from DATABASE.tenant_acme.names',
    'create extension dblink',
    'create extension postgres_fdw',
    "select * from dblink('dbname=DATABASE', 'select name from public.names') as t (name text)",
    'create server other foreign data wrapper postgres_fdw',
    "copy names from program 'psql DATABASE'",
    "select pg_catalog.pg_read_file('PG_VERSION')",
    'insert into public.names select * from tenant_acme.names',
    "select pg_catalog.lo_import('/etc/passwd')",
    'create schema other',
    'comment on database DATABASE is null',
  ];
  /** What the guard has to refuse, since a login may act for each tenant. */
  const settings = [
    "select set_config('rowhouse.tenant_id', 'ID', false)",
    "set rowhouse.tenant_id = 'ID'",
    "do $$ begin perform set_config('rowhouse.tenant_id', 'ID', false); end $$",
    'set search_path = tenant_acme',
    'set role "ROLE"',
    'reset role',
    'set session authorization default',
    'discard all',
    'reset all; select name from names',
  ];

  it.each(['statement', 'session'] as const)('reads and changes nothing there, with %s pins', async (pin) => {
    const walls = openPool({ pin, guard: { mode: 'off' } });
    const guarded = openPool({ pin });
    for (const tenant of tenants) {
      const send = (pool: TenantPool, text: string) =>
        TenantContext.run(tenant, () => pool.query(text)).then(
          ({ rows }) => rows,
          () => [],
        );
      for (const other of tenants.filter(
        ({ slug, placement }) => slug !== 'initech' && placement !== tenant.placement,
      )) {
        const filled = (text: string) =>
          text
            .replaceAll('DATABASE', databases.get(other.placement)?.name as string)
            .replaceAll('ID', other.id)
            .replaceAll('ROLE', rolesOf(PREFIX).ofTenant(other));
        for (const text of reaches)
          for (const row of await send(walls, filled(text))) expect(row).toEqual({ name: nameOf(tenant) });
        for (const text of settings)
          await expect(TenantContext.run(tenant, () => guarded.query(filled(text)))).rejects.toThrow();
      }
      for (const pool of [walls, guarded])
        expect(await ask(pool, tenant)).toEqual([{ name: nameOf(tenant) }]);
    }
  });

  it('is answered by its own database, or by nobody, while connections are lost at any moment', async () => {
    const pool = openPool();
    let isOver = false;
    const cutting = (async () => {
      while (!isOver)
        for (const { name } of databases.values())
          await on(
            'default',
            `select pg_terminate_backend(pid) from pg_stat_activity
              where datname = '${name}' and pid <> pg_backend_pid() and query like '%names%'`,
          );
    })();
    const outcomes = { served: 0, lost: 0 };
    const wrong: unknown[] = [];
    const once = async (tenant: Tenant, within: Tenant) => {
      try {
        const client = await TenantContext.run(tenant, () => pool.connect());
        let failure: Error | undefined;
        try {
          await TenantContext.run(within, async () => {
            await client.query('begin');
            const { rows } = await client.query('select name from names');
            if (rows.length !== 1 || rows[0].name !== nameOf(tenant)) wrong.push(rows);
            await client.query('commit');
          });
        } catch (error) {
          failure = error as Error;
          throw error;
        } finally {
          client.release(failure);
        }
        outcomes.served += 1;
      } catch {
        outcomes.lost += 1;
      }
    };
    try {
      for (let round = 0; round < 300 && (outcomes.lost === 0 || round < 40); round += 1)
        await Promise.all(
          tenants.map((tenant, index) => once(tenant, tenants[(index + round) % tenants.length] as Tenant)),
        );
    } finally {
      isOver = true;
      await cutting;
    }
    expect(wrong).toEqual([]);
    expect(outcomes.served).toBeGreaterThan(0);
    for (const tenant of tenants) {
      await until(() =>
        ask(pool, tenant).then(
          () => true,
          () => false,
        ),
      );
      expect(await ask(pool, tenant)).toEqual([{ name: nameOf(tenant) }]);
    }
  });
});

describe('a placement that leads to another database while it is used', () => {
  const ofEu = tenants.filter(({ placement }) => placement === 'eu');
  let url: string;
  let pool: TenantPool;
  beforeEach(() => {
    url = databases.get('eu')?.loginUrl as string;
    const { placements } = optionsOf().databases as { placements: Record<string, { url: () => string }> };
    const eu = { url: () => url, ownerUrl: () => url };
    pool = openPool({ databases: { idleTimeoutMs: 50, placements: { ...placements, eu } } });
  });

  /** The next request opens a pool anew. */
  const whenClosed = () => until(() => !pool.stats().databases.has('eu/'));
  const expectServed = async () => {
    for (const tenant of ofEu) expect(await ask(pool, tenant)).toEqual([{ name: nameOf(tenant) }]);
  };

  it('serves nobody from there, also where that has the same schemas, and serves again when it leads back', async () => {
    await expectServed();
    await whenClosed();
    for (const other of ['us', 'default']) {
      url = databases.get(other)?.loginUrl as string;
      for (const tenant of ofEu)
        await expect(ask(pool, tenant)).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED' });
      await whenClosed();
    }
    url = databases.get('eu')?.loginUrl as string;
    await expectServed();
  });

  it('serves nobody from a database that has been replaced, over connections that are opened then', async () => {
    await expectServed();
    const { name } = databases.get('eu') as TestDatabase;
    const [row] = await on(
      'eu',
      "select pg_catalog.shobj_description(oid, 'pg_database') as mark from pg_catalog.pg_database where datname = current_database()",
    );
    await on('eu', `comment on database ${name} is 'Rowhouse placement of another: eu'`);
    try {
      await whenClosed();
      for (const tenant of ofEu)
        await expect(ask(pool, tenant)).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED' });
    } finally {
      await on('eu', `comment on database ${name} is ${pg.escapeLiteral(row?.mark)}`);
    }
    await whenClosed();
    await expectServed();
  });
});
