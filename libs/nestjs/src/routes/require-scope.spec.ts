import { Controller, Get, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type ApiKeyFacts,
  InMemoryTenantStore,
  parseTenantSlug,
  TenantContext,
  type TenantOfApiKey,
} from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { ApiKeyResolver } from '../resolvers/api-key.resolver.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { RequireScope } from './require-scope.decorator.js';
import { TenantOptional } from './tenant-route.decorator.js';

@Controller()
class OrdersController {
  @Get('open')
  @TenantOptional()
  open(): object {
    return { tenant: TenantContext.get()?.slug ?? null };
  }

  @Get('orders')
  @RequireScope('orders:read')
  orders(): object {
    return {};
  }

  @Get('shared')
  @TenantOptional()
  @RequireScope('orders:read', { others: 'allow' })
  shared(): object {
    return {};
  }
}

/** The tenants in whose context the app's own middleware ran. */
const met: unknown[] = [];

@Module({})
class AppWithMiddleware implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_request: unknown, _response: unknown, next: () => void) => {
        met.push(TenantContext.get()?.slug);
        next();
      })
      .forRoutes(OrdersController);
  }
}

/** A store of an app's own, whose keys are named after what is known of them. */
class KeyStore extends InMemoryTenantStore {
  async findApiKey(apiKey: string): Promise<TenantOfApiKey | undefined> {
    const facts: Record<string, Partial<ApiKeyFacts>> = {
      'scoped-key': { scopes: ['orders:*'] },
      'network-key': { scopes: ['*'], networks: ['203.0.113.0/24'] },
    };
    const known = facts[apiKey];
    const tenant = await this.findBySlug(parseTenantSlug('acme'));
    if (!known || !tenant) return undefined;
    return { tenant, apiKey: { id: apiKey, scopes: [], networks: [], expiresAt: null, ...known } };
  }
}

afterEach(closeApps);

describe.each(PLATFORMS)('a key of an app’s own store on %s', (platform) => {
  const resolvers = [new HeaderResolver(), new ApiKeyResolver()];
  const open = async (store: InMemoryTenantStore, imports: object[] = []) => {
    const { url } = await startApp(platform, {
      controllers: [OrdersController],
      imports: imports as [],
      tenancy: { store, resolvers },
      ...(platform === 'fastify' && { adapter: new FastifyAdapter({ trustProxy: 'loopback' }) }),
      prepare: (app) =>
        platform === 'express' && app.getHttpAdapter().getInstance().set('trust proxy', 'loopback'),
    });
    return async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${url}/${path}`, { headers });
      const { code } = (await response.json()) as { code?: string };
      return code ?? response.status;
    };
  };

  it.each([
    ['without middleware', []],
    ['with middleware', [AppWithMiddleware]],
  ])('is held to its scopes and networks, %s', async (_, imports) => {
    met.length = 0;
    const ask = await open(new KeyStore([{ slug: 'acme' }]), imports);
    expect(await ask('orders', { 'x-api-key': 'scoped-key' })).toBe(200);
    const key = { 'x-api-key': 'network-key' };
    expect(await ask('orders', { ...key, 'x-forwarded-for': '203.0.113.1' })).toBe(200);
    const before = met.length;
    expect(await ask('orders', { ...key, 'x-forwarded-for': '203.0.114.1' })).toBe('API_KEY_NETWORK_REFUSED');
    expect(await ask('open', key)).toBe('API_KEY_NETWORK_REFUSED');
    expect(met.slice(before).every((slug) => slug === undefined)).toBe(true);
    expect(await ask('orders', { 'x-api-key': 'unknown-key' })).toBe('TENANT_NOT_FOUND');
  });

  it('has no scopes where the store knows none, and enters its tenant as before', async () => {
    const store = new InMemoryTenantStore([{ slug: 'acme' }]);
    const { id } = (await store.findBySlug(parseTenantSlug('acme'))) ?? { id: '' };
    const ask = await open(store);
    const key = { 'x-api-key': await store.addApiKey(id, 'ci') };
    expect(await ask('open', key)).toBe(200);
    expect(await ask('orders', key)).toBe('API_KEY_SCOPE_MISSING');
    expect(await ask('shared', key)).toBe('API_KEY_SCOPE_MISSING');
    expect(await ask('shared', { ...key, 'x-tenant-id': 'acme' })).toBe('API_KEY_SCOPE_MISSING');
    expect(await ask('shared', { 'x-tenant-id': 'acme' })).toBe(200);
    expect(await ask('orders', { 'x-tenant-id': 'acme' })).toBe('API_KEY_SCOPE_MISSING');
    expect(await ask('shared', {})).toBe('API_KEY_SCOPE_MISSING');
  });
});

it('refuses a scope that is empty', () => {
  expect(() => RequireScope(' ')).toThrow(TypeError);
});
