import type { INestApplication } from '@nestjs/common';
import { Catalog, type Tenant, TenantContext, TenantQuotas } from '@rowhouse/core';
import { QuotaNotices } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import { Column, DeleteDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { dropRoles } from '../../../../test/support/roles.js';
import { closeApps, createApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { TenancyModule } from '../tenancy.module.js';
import { TENANT_STORE } from '../tenancy.module-definition.js';
import { RowQuotas } from './row-quotas.js';
import { storageMeter } from './storage-meter.js';

@Entity('projects')
class Project {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  name!: string;

  @Column({ default: false })
  archived!: boolean;

  @DeleteDateColumn()
  deletedAt!: Date | null;
}

const plans = {
  free: { quotas: { projects: 5 } },
  pro: { quotas: { projects: 'unlimited' as const } },
};

const owner = `own_quotas_${process.pid}`;
const roles = `quotas_${process.pid}`;
let database: TestDatabase;
let app: INestApplication;
let catalog: Catalog;
let registry: DataSourceRegistry;
let quotas: RowQuotas;
const tenants: Record<string, Tenant> = {};

beforeAll(async () => {
  database = await createTestDatabase();
  const server = new pg.Client(database.url);
  await server.connect();
  await server.query(`create role ${owner} login createrole createdb password 'owner'`);
  await server.query(`alter database ${database.name} owner to ${owner}`);
  await server.end();
  const ownerUrl = Object.assign(new URL(database.url), { username: owner, password: 'owner' }).href;
  catalog = new Catalog({ url: ownerUrl });
  const tenancy = {
    typeorm: { type: 'postgres' as const, url: database.loginUrl, entities: [Project] },
    pool: { roles, guard: { allowAdvisoryLocks: true } },
    plans,
    resolvers: [new HeaderResolver()],
  };
  // The owner prepares the deployment; the app itself has no login that owns anything.
  const preparing = await createApp('fastify', {
    tenancy: TenancyModule.forRoot({ ...tenancy, directUrl: ownerUrl }),
  });
  await preparing.init();
  const store = preparing.get(TENANT_STORE);
  for (const [slug, plan] of [
    ['acme', 'free'],
    ['globex', 'free'],
    ['initech', 'pro'],
  ] as const) {
    const tenant = await store.create({ slug, plan, status: 'active' });
    tenants[slug] = tenant;
    const { homes } = preparing.get(DataSourceRegistry);
    await homes.prepare(tenant);
    const direct = await preparing.get(DataSourceRegistry).directFor(tenant);
    await direct.synchronize();
    await homes.prepare(tenant);
  }
  app = await createApp('fastify', { tenancy: TenancyModule.forRoot(tenancy) });
  await app.init();
  registry = app.get(DataSourceRegistry);
  quotas = app.get(RowQuotas);
});

afterAll(async () => {
  await closeApps();
  await catalog.close();
  await database.drop();
  await dropRoles(roles);
  const server = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
  await server.connect();
  await server.query(`drop role if exists ${owner}`);
  await server.end();
});

const as = <T>(slug: string, work: () => Promise<T>) => TenantContext.run(tenants[slug] as Tenant, work);

const add = (slug: string, options: Parameters<RowQuotas['requireRoom']>[3] = {}) =>
  as(slug, () =>
    registry.ambient.transaction(async (manager) => {
      await quotas.requireRoom('projects', manager, Project, options);
      await manager.save(Project, { name: 'one' });
    }),
  );

const events = async (slug: string) => {
  await app.get(QuotaNotices).settled();
  const { rows } = await catalog.query(
    `select e.type, e.detail from rowhouse.tenant_events e where e.tenant_id = $1 and e.type like 'quota%' order by e.id`,
    [tenants[slug]?.id],
  );
  return rows;
};

it('of requests at once only as many add rows as there is room for, and other tenants have room of their own', async () => {
  const all = await Promise.allSettled(Array.from({ length: 12 }, () => add('acme')));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['QUOTA_EXCEEDED']));
  await add('globex');
  for (let time = 0; time < 7; time += 1) await add('initech');
});

it('a tenant near its quota or at it is an event of each once a day', async () => {
  const about = { quota: 'projects', limit: 5 };
  expect(await events('acme')).toEqual([
    { type: 'quotaNear', detail: { ...about, used: 4 } },
    { type: 'quotaReached', detail: { ...about, used: 5 } },
  ]);
  await expect(add('acme')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', status: 403 });
  const another = new QuotaNotices({ catalog, nearPercent: 80, onError: () => {} });
  another.note({ tenant: tenants['acme'] as Tenant, quota: 'projects', used: 5, limit: 5, isReached: true });
  await another.settled();
  expect(await events('acme')).toHaveLength(2);
  await catalog.query('update rowhouse.quota_notices set day = day - 1');
  another.note({ tenant: tenants['acme'] as Tenant, quota: 'other', used: 4, limit: 5, isReached: false });
  await another.settled();
  expect((await events('acme')).map(({ detail }) => detail.quota)).toEqual(['projects', 'projects', 'other']);
  expect(await events('globex')).toEqual([]);
});

it('rows that are softly deleted and those that are not asked for do not count', async () => {
  await as('acme', () => registry.ambient.query('update projects set "deletedAt" = now() where id = 1'));
  await add('acme');
  await expect(add('acme')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await as('acme', () => registry.ambient.query('update projects set archived = true where id in (2, 3)'));
  await expect(add('acme', { where: { archived: false }, adding: 3 })).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
  });
  await add('acme', { where: { archived: false }, adding: 2 });
});

it('takes a lock and a count, and nothing where there is no limit', async () => {
  const statements = (slug: string) =>
    as(slug, () =>
      registry.ambient.transaction(async (manager) => {
        const texts: string[] = [];
        const { queryRunner } = manager;
        const query = queryRunner?.query.bind(queryRunner);
        Object.assign(queryRunner as object, {
          query: (...args: [string]) => {
            texts.push(args[0]);
            return query?.(...args);
          },
        });
        await quotas.requireRoom('projects', manager, Project);
        return texts.length;
      }),
    );
  expect(await statements('globex')).toBe(2);
  expect(await statements('initech')).toBe(0);
});

it('outside of a transaction there is no lock, and a quota of no plan is a mistake', async () => {
  const { manager } = registry.ambient;
  await expect(as('acme', () => quotas.requireRoom('projects', manager, Project))).rejects.toThrow(
    'expected that of a transaction',
  );
  await expect(as('acme', () => quotas.requireRoom('rooms', manager, Project))).rejects.toMatchObject({
    code: 'PLAN_ENTRY_UNKNOWN',
  });
  await expect(quotas.requireRoom('projects', manager, Project)).rejects.toMatchObject({
    code: 'TENANT_CONTEXT_MISSING',
  });
});

it('a count that is no number is refused, and makes no event', async () => {
  await as('globex', async () => {
    expect(() => app.get(TenantQuotas).requireRoom('projects', Number.NaN)).toThrow('at most 5');
  });
  expect(await events('globex')).toEqual([]);
});

it('storage is measured of a tenant with tables of its own, and of the others it is not known', async () => {
  const meter = storageMeter(registry);
  const used = (await meter.usedBy(tenants['acme'] as Tenant)) ?? 0;
  await as('acme', () =>
    registry.ambient.query(
      "insert into projects (name) select repeat('x', 2000) from generate_series(1, 200)",
    ),
  );
  expect(await meter.usedBy(tenants['acme'] as Tenant)).toBeGreaterThan(used);
  expect(await meter.usedBy(tenants['globex'] as Tenant)).toBeLessThan(used + 100_000);
  const sharing = { ...(tenants['acme'] as Tenant), isolation: 'row' as const };
  expect(await meter.usedBy(sharing)).toBeUndefined();
});
