import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Catalog,
  examine,
  type TenancyPoolOptions,
  TenantContext,
  TenantHomes,
  TenantPool,
  type TenantPoolConfig,
} from '@rowhouse/core';
import { HeaderResolver, TENANT_STORE, TenancyModule } from '@rowhouse/nestjs';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { withRegistry } from '../../apps/cli/src/target/deployment.js';
import { resolveTarget } from '../../apps/cli/src/target/target.js';
import { makeTenant } from '../support/tenants.js';
import { type Credentials, startCredentialsServer } from './credentials-server.js';
import { WAYS } from './ways.js';

let server: Awaited<ReturnType<typeof startCredentialsServer>>;
const folder = mkdtempSync(join(tmpdir(), 'rowhouse-credentials-'));

beforeAll(async () => {
  server = await startCredentialsServer();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface GivenOptions {
  readonly url?: string;
  readonly username?: string;
  readonly password?: pg.ClientConfig['password'];
}

/** The options of one way, for pg. */
function pgConfig({ url, username, ...fields }: GivenOptions): pg.PoolConfig {
  return { ...fields, connectionString: url, user: username };
}

const WHO = 'select session_user::text as login, current_database() as database';

describe.each(WAYS)('$name', ({ login = 'password', options, env, onlyTypeOrm = false }) => {
  const before = { ...process.env };
  let credentials: Credentials;
  let pool: TenancyPoolOptions;
  let source: string;

  beforeAll(async () => {
    credentials = await server.open(login);
    // Roles are the server's, so each way has its own.
    pool = { roles: credentials.database.replace('rowhouse_test', 'way') };
    source = options(credentials);
    Object.assign(process.env, env?.(credentials, folder));
  });
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  });

  /** Made anew each time: pg hides passwords and keys in what it is given. */
  const given = (): GivenOptions => new Function(`return ${source}`)();
  const typeorm = () => ({ type: 'postgres', ...given() }) as DataSourceOptions;
  const itself = () => ({ login: credentials.user, database: credentials.database });
  const databaseTenant = () => makeTenant('own', { isolation: 'database' });

  const onPg = onlyTypeOrm ? () => {} : it;

  onPg('opens a TenantPool, and cancels what runs on it', async () => {
    const tenants = new TenantPool({ ...pgConfig(given()), max: 1, roles: false });
    const activity = new TenantPool({ ...pgConfig(given()), max: 1, roles: false });
    try {
      expect((await tenants.asOwner('a test').query(WHO)).rows[0]).toEqual(itself());
      const abort = new AbortController();
      const sleeping = TenantContext.run(
        makeTenant('sleeper', { isolation: 'row' }),
        () => tenants.query('select pg_sleep(600)'),
        { signal: abort.signal },
      ).catch((error: unknown) => error);
      const running = `select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active' and datname = current_database()`;
      while ((await activity.asOwner('a test').query(running)).rowCount === 0) await delay(5);
      abort.abort();
      await sleeping;
      while ((await activity.asOwner('a test').query(running)).rowCount !== 0) await delay(5);
    } finally {
      await Promise.all([tenants.end(), activity.end()]);
    }
  });

  onPg('opens a TenantPool with the options of another pool', async () => {
    const other = new pg.Pool(pgConfig(given()));
    const tenants = new TenantPool(withHidden(other.options, pool));
    try {
      expect((await tenants.asOwner('a test').query(WHO)).rows[0]).toEqual(itself());
    } finally {
      await Promise.all([other.end(), tenants.end()]);
    }
  });

  onPg('makes homes and reaches the databases of tenants', async () => {
    const homes = new TenantHomes({ owner: pgConfig(given()), pool });
    const tenants = new TenantPool({ ...pgConfig(given()), ...pool });
    const [own, schema] = [databaseTenant(), makeTenant('shared')];
    try {
      await homes.prepareDeployment();
      await homes.prepare(schema);
      await homes.prepare(own);
      for (const tenant of [own, schema]) {
        const { rows } = await TenantContext.run(tenant, () => tenants.query(WHO));
        const there = new pg.Client(await homes.ownerConfigOf(tenant));
        await there.connect();
        expect((await there.query(WHO)).rows).toEqual(rows);
        await there.end();
      }
      await tenants.end();
      await homes.remove(own);
    } finally {
      if (!tenants.ended) await tenants.end();
      await homes.close();
    }
  });

  onPg('opens a Catalog, with its locks and its listener', async () => {
    const catalog = new Catalog(pgConfig(given()));
    try {
      await catalog.migrate();
      expect((await catalog.query(WHO)).rows[0]).toEqual(itself());
      expect(await catalog.whileLocked('1', async () => 'locked')).toEqual({ result: 'locked' });
      const heard = new Promise<string>((resolve) => {
        void catalog
          .listen('a_channel', { notified: resolve, missed() {} })
          .then(() => catalog.query(`notify a_channel, 'heard'`));
      });
      expect(await heard).toBe('heard');
    } finally {
      await catalog.close();
    }
  });

  onPg('is examined by the doctor', async () => {
    const { checks } = await examine({
      app: { ...pgConfig(given()), ...pool },
      owner: pgConfig(given()),
      quick: true,
    });
    expect(checks.find(({ id }) => id === 'pins.hold')?.status).toBe('pass');
  });

  it("opens TypeORM's data source, the owner's, and those of tenants with a database", async () => {
    const ambient = await openTenantDataSource({ ...typeorm(), poolSize: 2 } as DataSourceOptions, pool);
    const registry = new DataSourceRegistry({ ambient, tenancy: pool });
    const tenant = databaseTenant();
    try {
      await registry.homes.prepareDeployment();
      await registry.homes.prepare(tenant);
      const [found] = await registry.for(tenant).query(WHO);
      expect(found.login).toBe(credentials.user);
      expect(await (await registry.directFor(tenant)).query(WHO)).toEqual([found]);
    } finally {
      await registry.close();
      await ambient.destroy();
    }
  });

  it('starts an application, which examines itself and opens its catalog', async () => {
    Logger.overrideLogger(false);
    const app = await Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({
          typeorm: { ...typeorm(), retryAttempts: 0 },
          pool,
          resolvers: [new HeaderResolver()],
          selfCheck: 'warn',
        }),
      ],
    }).compile();
    try {
      await app.init();
      expect((await app.get(TENANT_STORE).list({ limit: 1 })).tenants).toEqual([]);
      expect((await app.get(Catalog).query(WHO)).rows[0]).toEqual(itself());
    } finally {
      await app.close();
    }
  });

  it('is read from a config of the command line', async () => {
    const config = join(folder, `${credentials.database}.config.mjs`);
    writeFileSync(config, `export default { dataSource: { type: 'postgres', ...${source} } };`);
    const target = await resolveTarget(
      { config },
      { cwd: folder, env: process.env as Record<string, string> },
    );
    for (const address of [target.app, target.owner]) {
      const client = new pg.Client(address);
      await client.connect();
      expect((await client.query(WHO)).rows[0]).toEqual(itself());
      await client.end();
    }
    await withRegistry({ ...target, pool }, async (registry) => {
      const [found] = await TenantContext.runAsLogin('a test', () => registry.ambient.query(WHO));
      expect(found).toEqual(itself());
    });
  });
});

/** The options of a pool with what it hides in them, which a spread leaves out. */
function withHidden(options: pg.PoolOptions, more: TenancyPoolOptions): TenantPoolConfig {
  return Object.assign(Object.defineProperties({}, Object.getOwnPropertyDescriptors(options)), more);
}
