import { CACHE_MANAGER, type Cache, CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import type { TenantAccessPolicy } from '../routes/tenant-access-policy.js';
import { getAs, productsController, resolversOf, startCachedApp, WAYS } from './cached-app.fixture.js';
import { TenantCacheInterceptor, tenantCacheKey } from './tenant-cache.interceptor.js';

/** As Nest's documentation teaches it: a key of the app's own, without a word of the tenant. */
@Injectable()
class OneKeyForAll extends TenantCacheInterceptor {
  readonly #key = 'everything';

  protected override trackBy(_context: ExecutionContext): string | undefined {
    return this.#key;
  }
}

@Injectable()
class LaterKey extends TenantCacheInterceptor {
  protected override async trackBy(context: ExecutionContext): Promise<string | undefined> {
    await null;
    const key = await super.trackBy(context);
    return key?.replace(/\?.*$/, '');
  }
}

class AcmeOnly implements TenantAccessPolicy {
  canEnter(tenant: Tenant, request: { headers: Record<string, unknown> }): boolean {
    return request.headers['x-member-of'] === tenant.slug;
  }
}

afterEach(closeApps);

describe.each(PLATFORMS)('On %s', (platform) => {
  describe.each(WAYS)('with the tenant in the %s', (way) => {
    it('the interceptor of Nest answers one tenant with the body of another', async () => {
      const { port } = await startCachedApp(platform, way, CacheInterceptor);
      expect((await getAs(port, way, '/products', 'acme')).text).toBe('products of acme, 1');
      expect((await getAs(port, way, '/products', 'globex')).text).toBe('products of acme, 1');
    });

    it.each(['/products', '/named', '/made'])('ours answers %s to each tenant with its own', async (path) => {
      const { port } = await startCachedApp(platform, way, TenantCacheInterceptor);
      const name = path.slice(1);
      for (const slug of ['acme', 'globex', 'acme', 'globex']) {
        expect((await getAs(port, way, path, slug)).text).toBe(`${name} of ${slug}, 1`);
      }
    });

    it('a route without a tenant and a route above them have keys of their own', async () => {
      const { port } = await startCachedApp(platform, way, TenantCacheInterceptor);
      for (const _ of [1, 2]) {
        expect((await getAs(port, way, '/system', 'acme')).text).toBe('system of system, 1');
        expect((await getAs(port, way, '/optional')).text).toBe('optional of none, 1');
        expect((await getAs(port, way, '/optional', 'acme')).text).toBe('optional of acme, 1');
        expect((await getAs(port, way, '/system')).text).toBe('system of system, 1');
      }
    });

    it('a subclass with keys of its own keeps tenants apart as well', async () => {
      for (const subclass of [OneKeyForAll, LaterKey]) {
        const { port } = await startCachedApp(platform, way, subclass);
        for (const slug of ['acme', 'globex', 'acme']) {
          expect((await getAs(port, way, '/products?page=1', slug)).text).toBe(`products of ${slug}, 1`);
        }
      }
    });

    it('it works as the interceptor of every route', async () => {
      const { port } = await startApp(platform, {
        imports: [CacheModule.register({ ttl: 60_000 })],
        controllers: [
          productsController(
            class {
              intercept = (_: unknown, next: { handle(): never }) => next.handle();
            },
          ),
        ],
        providers: [{ provide: APP_INTERCEPTOR, useClass: TenantCacheInterceptor }],
        tenancy: { resolvers: resolversOf(way), production: true, selfCheck: 'off' },
      });
      for (const slug of ['acme', 'globex', 'acme']) {
        expect((await getAs(port, way, '/products', slug)).text).toBe(`products of ${slug}, 1`);
        expect((await getAs(port, way, '/system', slug)).text).toBe('system of system, 1');
      }
    });
  });

  it('a cached answer is not given to whom the access policy refuses', async () => {
    const { port } = await startApp(platform, {
      imports: [CacheModule.register({ ttl: 60_000 })],
      controllers: [productsController(TenantCacheInterceptor)],
      providers: [{ provide: APP_INTERCEPTOR, useClass: TenantCacheInterceptor }],
      tenancy: { accessPolicy: new AcmeOnly() },
    });
    const as = (member: string) => getAs(port, 'header', '/products', 'acme', { 'x-member-of': member });
    expect((await as('acme')).text).toBe('products of acme, 1');
    expect((await as('globex')).status).toBe(403);
    expect((await as('acme')).text).toBe('products of acme, 1');
  });

  it('tenantCacheKey names the entry of the tenant in force', async () => {
    const { app, port } = await startCachedApp(platform, 'header', TenantCacheInterceptor);
    const cache = app.get<Cache>(CACHE_MANAGER);
    const acme = { id: '00000000-0000-4000-8000-00000000000a' } as Tenant;
    await getAs(port, 'header', '/named', 'acme');
    await getAs(port, 'header', '/named', 'globex');
    await TenantContext.run(acme, async () => cache.del(tenantCacheKey('named')));
    expect((await getAs(port, 'header', '/named', 'acme')).text).toBe('named of acme, 2');
    expect((await getAs(port, 'header', '/named', 'globex')).text).toBe('named of globex, 1');
  });
});

it('tenantCacheKey tells every scope from every other', () => {
  const tenant = (id: string) => ({ id }) as Tenant;
  const keys = [
    tenantCacheKey('a'),
    TenantContext.runAsSystem('a test', () => tenantCacheKey('a')),
    TenantContext.run(tenant('00000000-0000-4000-8000-00000000000a'), () => tenantCacheKey('a')),
    TenantContext.run(tenant('00000000-0000-4000-8000-00000000000b'), () => tenantCacheKey('a')),
  ];
  expect(new Set(keys).size).toBe(4);
});
