import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { InjectDataSource } from '@nestjs/typeorm';
import { InMemoryTenantStore, type Tenant, TenantContext } from '@rowhouse/core';
import { HeaderResolver, HealthChecks, TenancyModule } from '@rowhouse/nestjs';
import { DataSource } from 'typeorm';
import { until } from '../../../../test/support/until.js';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import type { TenantEvent } from '../events/tenant-event.js';
import { Fleet } from '../fleet/fleet.js';
import { FleetMigrations } from '../runs/fleet-migrations.js';
import { TenantLifecycle } from '../tenants/tenant-lifecycle.js';
import { HookDelivery } from './hook-delivery.js';
import { closeApp, closeApps, startApp } from './operator-app.fixture.js';
import { TenancyMigrationModule } from './tenancy-migration.module.js';
import type { TenancyMigrationOptionsFactory } from './tenancy-migration-options.js';
import { TenantHooks, type TenantLifecycleHooks } from './tenant-hooks.decorator.js';

const products = migration('Products1757000000001', ['create table products (name text)']);

/** A provider of a feature module, which imports nothing of Rowhouse. */
@Injectable()
class Feature {
  constructor(
    readonly fleet: Fleet,
    readonly tenants: TenantLifecycle,
    readonly migrations: FleetMigrations,
    readonly hooks: HookDelivery,
  ) {}
}

@Module({ providers: [Feature] })
class FeatureModule {}

let deployment: Deployment;

beforeEach(async () => {
  deployment = await openDeployment({ migrations: [products] });
});
afterEach(async () => {
  await closeApps();
  await deployment.close();
});

describe('TenancyMigrationModule', () => {
  it('makes its parts injectable everywhere', async () => {
    const seeded: string[] = [];
    const seed = async (_manager: unknown, { slug }: Tenant) => void seeded.push(slug);
    const imports = [TenancyMigrationModule.forRoot({ seed, reservedSlugs: ['hq'] }), FeatureModule];
    const { app } = await startApp(deployment, { migrations: [products], imports });
    const { fleet, tenants, migrations, hooks } = app.get(Feature);
    expect([fleet.tenants, fleet.migrations]).toEqual([tenants, migrations]);
    expect(await tenants.create({ slug: 'acme' })).toMatchObject({ slug: 'acme', status: 'active' });
    expect(seeded).toEqual(['acme']);
    await expect(tenants.create({ slug: 'hq' })).rejects.toMatchObject({ code: 'TENANT_CONFLICT' });
    expect(await migrations.status()).toMatchObject({ tenants: 1, behind: 0 });
    expect(await hooks.stats()).toEqual([]);
  });

  it('tells health of tenants that lack migrations', async () => {
    const later = migration('Later1757000000002', ['create table later (name text)']);
    const imports = [TenancyMigrationModule.forRoot(), FeatureModule];
    const { app: old } = await startApp(deployment, { migrations: [products], imports });
    const acme = await old.get(Feature).tenants.create({ slug: 'acme' });
    const { app } = await startApp(deployment, { migrations: [products, later], imports });
    const [check] = app.get(HealthChecks).all.filter(({ name }) => name === 'migrations');
    expect(await check?.check?.()).toMatchObject({ status: 'degraded', tenants: 1, behind: 1 });
    expect(await check?.checkTenant?.(acme)).toMatchObject({
      status: 'degraded',
      pending: ['Later1757000000002'],
    });
    await app.get(Feature).migrations.run();
    expect(await check?.check?.()).toEqual({ status: 'up', tenants: 1, behind: 0 });
    expect(await check?.checkTenant?.(acme)).toEqual({ status: 'up', version: 'Later1757000000002' });
  });

  it('shares one pool to the catalog and one LISTEN connection with TenancyModule', async () => {
    @TenantHooks({ name: 'counted' })
    class Counted implements TenantLifecycleHooks {
      readonly heard: string[] = [];
      onCreated({ tenant }: TenantEvent) {
        this.heard.push(tenant.slug);
      }
    }
    const others = (await deployment.pool.query('select pid from pg_stat_activity')).rows.map(
      ({ pid }) => pid,
    );
    const imports = [TenancyMigrationModule.forRoot(), FeatureModule];
    const { app, url } = await startApp(deployment, {
      migrations: [products],
      imports,
      providers: [Counted],
    });
    const { tenants, migrations } = app.get(Feature);
    // The store, the lifecycle with its locks, runs, hooks, and the directory have all been at work.
    const slugs = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await Promise.all(slugs.map((slug) => tenants.create({ slug })));
    await Promise.all(slugs.map((slug) => fetch(url, { headers: { 'x-tenant-id': slug } })));
    await migrations.run();
    await until(() => app.get(Counted).heard.length === slugs.length);
    const { rows } = await deployment.pool.query(
      `select application_name as name, count(*)::int as count from pg_stat_activity
        where datname = current_database() and pid <> all($1) and application_name like 'rowhouse-%'
        group by 1 order by 1`,
      [others],
    );
    const counts = Object.fromEntries(rows.map(({ name, count }) => [name, count]));
    expect(counts['rowhouse-listener']).toBe(1);
    // The pool's maximum is six; what else there is makes homes, as the owner of the schemas.
    expect(counts['rowhouse-catalog']).toBeLessThanOrEqual(6);
    expect(Object.keys(counts)).toEqual(['rowhouse-catalog', 'rowhouse-homes', 'rowhouse-listener']);
  });

  it('takes its options from other providers', async () => {
    @Injectable()
    class Options implements TenancyMigrationOptionsFactory {
      createTenancyMigrationOptions() {
        return { reservedSlugs: ['hq'] };
      }
    }
    const imports = [
      TenancyMigrationModule.forRootAsync({
        useClass: Options,
        path: 'm',
        auth: { canActivate: () => true },
      }),
      FeatureModule,
    ];
    const { app, url } = await startApp(deployment, { imports });
    await expect(app.get(Feature).tenants.create({ slug: 'hq' })).rejects.toMatchObject({ status: 409 });
    expect((await fetch(`${url}/m`)).status).toBe(200);
  });

  it('serves nothing without a path, and no path without a guard', async () => {
    const noGuard = /^TenancyMigrationModule: auth: expected a guard/;
    expect(() => TenancyMigrationModule.forRoot({ path: 'migrations' })).toThrow(noGuard);
    expect(() => TenancyMigrationModule.forRoot({ path: 'migrations', auth: {} as never })).toThrow(noGuard);
    expect(() => TenancyMigrationModule.forRootAsync({ useFactory: () => ({}), path: 'm' })).toThrow(noGuard);
    expect(() => TenancyMigrationModule.forRoot({ path: ' ', auth: { canActivate: () => true } })).toThrow(
      /path: expected a path/,
    );
    const { url } = await startApp(deployment, { imports: [TenancyMigrationModule.forRoot()] });
    expect((await fetch(`${url}/migrations`)).status).toBe(404);
  });

  it('does not start with wrong options, and names the field', async () => {
    const wrong = TenancyMigrationModule.forRoot({ hooks: { pollMs: 0 }, seed: 'yes' as never });
    await expect(startApp(deployment, { imports: [wrong] })).rejects.toThrow(
      /^TenancyMigrationModule: seed: expected a function .*; hooks\.pollMs: /,
    );
  });

  it('does not start in an app without TypeORM', async () => {
    const tenancy = TenancyModule.forRoot({
      store: new InMemoryTenantStore(),
      resolvers: [new HeaderResolver()],
    });
    const module = Test.createTestingModule({ imports: [tenancy, TenancyMigrationModule.forRoot()] });
    await expect(module.compile()).rejects.toThrow(/expected TenancyModule with the option typeorm/);
  });
});

describe('hooks of the life of tenants', () => {
  const start = async (...providers: (new (...args: never[]) => object)[]) => {
    const imports = [TenancyMigrationModule.forRoot({ hooks: { backoffMs: 1 } }), FeatureModule];
    const { app } = await startApp(deployment, { migrations: [products], imports, providers });
    return { app, ...app.get(Feature), feature: app.get(Feature) };
  };

  it('are called in the tenant they tell of, and outside of any once it is purged', async () => {
    const heard: unknown[] = [];
    @TenantHooks()
    class Welcome implements TenantLifecycleHooks {
      constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

      async onCreated({ type, tenant }: TenantEvent) {
        await this.dataSource.query("insert into products (name) values ('sample')");
        heard.push([type, tenant.slug, await this.dataSource.query('select name from products')]);
      }

      onSuspended({ tenant }: TenantEvent) {
        heard.push(['suspended', tenant.status, TenantContext.get()?.slug]);
      }

      onPurged({ tenant }: TenantEvent) {
        heard.push(['purged', tenant.slug, TenantContext.scope()]);
      }
    }
    const { feature } = await start(Welcome);
    const { tenants, hooks } = feature;
    const { id } = await tenants.create({ slug: 'acme' });
    await tenants.suspend('acme');
    await deployment.catalog.query("select rowhouse.write_event('purged', $1, null)", [id]);
    await until(async () => (await hooks.stats())[0]?.pending === 0);
    expect(heard).toEqual([
      ['created', 'acme', [{ name: 'sample' }]],
      ['suspended', 'suspended', 'acme'],
      ['purged', 'acme', undefined],
    ]);
  });

  it('hear after a restart of what they have missed, under their name', async () => {
    const heard: string[] = [];
    @TenantHooks({ name: 'billing' })
    class Billing implements TenantLifecycleHooks {
      onCreated({ tenant }: TenantEvent) {
        heard.push(tenant.slug);
      }
    }
    const { app, feature } = await start(Billing);
    expect(await feature.hooks.stats()).toEqual([{ hook: 'billing', pending: 0, failing: 0 }]);
    await closeApp(app);
    await (await deployment.fleet()).tenants.create({ slug: 'acme' });
    expect(heard).toEqual([]);
    await start(Billing);
    await until(() => heard.length === 1);
    expect(heard).toEqual(['acme']);
  });

  it('are called again when they fail', async () => {
    const ids: string[] = [];
    @TenantHooks()
    class Flaky implements TenantLifecycleHooks {
      async onCreated({ id }: TenantEvent) {
        ids.push(id);
        if (ids.length < 3) throw new Error('not yet');
      }
    }
    const { feature } = await start(Flaky);
    await feature.tenants.create({ slug: 'acme' });
    await until(async () => (await feature.hooks.stats())[0]?.pending === 0);
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
  });

  it('are refused where they would hear nothing', async () => {
    @TenantHooks()
    class Empty {}
    await expect(start(Empty)).rejects.toThrow('@TenantHooks: Empty has no hook; expected one of onCreated,');

    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    @TenantHooks()
    class Scoped implements TenantLifecycleHooks {
      constructor(@Inject(PerRequest) readonly perRequest: object) {}
      onCreated() {}
    }
    await expect(start(PerRequest, Scoped)).rejects.toThrow('@TenantHooks: Scoped is request-scoped');
    expect(() => TenantHooks({ name: ' ' })).toThrow(TypeError);
  });
});
