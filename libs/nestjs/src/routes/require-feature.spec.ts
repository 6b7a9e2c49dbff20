import { Controller, Get, Inject } from '@nestjs/common';
import {
  InMemoryTenantStore,
  type Tenant,
  TenantContext,
  TenantFeatures,
  TenantQuotas,
} from '@rowhouse/core';
import { closeApps, createApp, PLATFORMS, startApp } from '../platforms.fixture.js';
import { RequireFeature } from './require-feature.decorator.js';
import { TenantOptional } from './tenant-route.decorator.js';

const plans = {
  free: { quotas: { products: 3 } },
  pro: { quotas: { products: 'unlimited' as const }, features: ['export', 'sso'] },
};

const store = () =>
  new InMemoryTenantStore([
    { slug: 'acme', plan: 'pro' },
    { slug: 'globex', plan: 'free' },
    { slug: 'initech', plan: 'free', overrides: { quotas: { products: 5 }, features: { export: true } } },
    { slug: 'hooli', plan: 'gold' },
  ]);

@Controller()
@RequireFeature('sso')
class SignInController {
  @Get('sign-in')
  signIn(): object {
    return {};
  }

  @Get('orders.csv')
  @RequireFeature('export')
  orders(): object {
    return {};
  }
}

@Controller()
class PlanController {
  constructor(
    @Inject(TenantFeatures) private readonly features: TenantFeatures,
    @Inject(TenantQuotas) private readonly quotas: TenantQuotas,
  ) {}

  @Get('plan')
  plan(): object {
    return { export: this.features.isEnabled('export'), products: String(this.quotas.limitOf('products')) };
  }

  @Get('optional.csv')
  @TenantOptional()
  @RequireFeature('export')
  optional(): object {
    return { tenant: TenantContext.get()?.slug };
  }
}

const controllers = [SignInController, PlanController];

afterEach(closeApps);

describe.each(PLATFORMS)('plans on %s', (platform) => {
  async function visit(url: string, path: string, tenant?: string) {
    const headers: Record<string, string> = tenant ? { 'x-tenant-id': tenant } : {};
    const response = await fetch(`${url}/${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('let in whose tenant has the feature, by its plan or by an override', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { store: store(), plans } });
    expect(await visit(url, 'orders.csv', 'acme')).toMatchObject({ status: 200 });
    expect(await visit(url, 'orders.csv', 'initech')).toMatchObject({ status: 200 });
    expect(await visit(url, 'sign-in', 'acme')).toMatchObject({ status: 200 });
    for (const [path, tenant] of [
      ['orders.csv', 'globex'],
      ['orders.csv', 'hooli'],
      ['sign-in', 'initech'],
      ['optional.csv', undefined],
    ] as const)
      expect(await visit(url, path, tenant)).toMatchObject({
        status: 403,
        body: {
          code: 'FEATURE_MISSING',
          detail: expect.stringMatching(/^This needs the feature (export|sso)\.$/),
        },
      });
  });

  it('say what the tenant of the request may have', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { store: store(), plans } });
    const expected = {
      acme: { export: true, products: 'Infinity' },
      globex: { export: false, products: '3' },
      initech: { export: true, products: '5' },
      hooli: { export: false, products: '0' },
    };
    for (const [tenant, body] of Object.entries(expected))
      expect(await visit(url, 'plan', tenant)).toEqual({ status: 200, body });
  });

  it('are not told to who may not enter the tenant', async () => {
    const accessPolicy = { canEnter: async ({ slug }: Tenant) => slug === 'acme' };
    for (const [hideUnknown, status] of [
      [false, 403],
      [true, 404],
    ] as const) {
      const { url } = await startApp(platform, {
        controllers,
        tenancy: { store: store(), plans, accessPolicy, hideUnknown },
      });
      const [withFeature, without] = await Promise.all(
        ['initech', 'globex'].map((tenant) => visit(url, 'orders.csv', tenant)),
      );
      expect(without).toMatchObject({ status, body: { code: withFeature?.body['code'] } });
      expect(without?.body['code']).not.toBe('FEATURE_MISSING');
      expect(await visit(url, 'orders.csv', 'acme')).toMatchObject({ status: 200 });
    }
  });

  it('refuse who may enter a tenant without the feature', async () => {
    const accessPolicy = { canEnter: async () => true };
    const { url } = await startApp(platform, {
      controllers,
      tenancy: { store: store(), plans, accessPolicy },
    });
    for (const path of ['orders.csv', 'sign-in'])
      expect(await visit(url, path, 'globex')).toMatchObject({
        status: 403,
        body: { code: 'FEATURE_MISSING' },
      });
    expect(await visit(url, 'optional.csv')).toMatchObject({
      status: 403,
      body: { code: 'FEATURE_MISSING' },
    });
  });
});

it('an application that requires a feature of no plan does not start', async () => {
  const app = await createApp('express', {
    controllers,
    tenancy: { store: store(), plans: { free: { features: ['sso'] } } },
  });
  await expect(app.init()).rejects.toThrow(
    'expected a plan with the feature "export", which SignInController.orders requires',
  );
});

it('a feature has a name', () => {
  expect(() => RequireFeature(' ')).toThrow(TypeError);
});
