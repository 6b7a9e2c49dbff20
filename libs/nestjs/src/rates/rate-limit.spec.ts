import { Controller, Get } from '@nestjs/common';
import { InMemoryTenantStore, type Tenant } from '@rowhouse/core';
import { closeApps, createApp, PLATFORMS, startApp } from '../platforms.fixture.js';
import { TenantOptional } from '../routes/tenant-route.decorator.js';
import { networkOf } from './rate-key.js';
import { RateLimit } from './rate-limit.decorator.js';

const plans = {
  free: { rates: { requests: '2/hour' as const, exports: '1/day' as const } },
  pro: { rates: { requests: 'unlimited' as const, exports: '3/minute' as const } },
};

const store = () =>
  new InMemoryTenantStore([
    { slug: 'acme', plan: 'pro' },
    { slug: 'globex', plan: 'free' },
    { slug: 'initech', plan: 'free', overrides: { rates: { requests: '4/hour' } } },
    { slug: 'hooli', plan: 'gold' },
  ]);

@Controller()
@RateLimit('requests')
class OrdersController {
  @Get('orders')
  orders(): object {
    return {};
  }

  @Get('orders.csv')
  @RateLimit('exports')
  csv(): object {
    return {};
  }

  @Get('open')
  @TenantOptional()
  open(): object {
    return {};
  }
}

const controllers = [OrdersController];

afterEach(closeApps);

async function visit(url: string, path: string, tenant?: string) {
  const headers: Record<string, string> = tenant ? { 'x-tenant-id': tenant } : {};
  const response = await fetch(`${url}/${path}`, { headers });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    left: response.headers.get('ratelimit'),
    policy: response.headers.get('ratelimit-policy'),
    retryAfter: Number(response.headers.get('retry-after')),
  };
}

async function statuses(url: string, path: string, tenant: string | undefined, times: number) {
  const found: number[] = [];
  for (let time = 0; time < times; time += 1) found.push((await visit(url, path, tenant)).status);
  return found;
}

describe.each(PLATFORMS)('the rates of plans on %s', (platform) => {
  it('hold each tenant by itself, and say what is left', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { store: store(), plans } });
    const first = await visit(url, 'orders', 'globex');
    expect(first).toMatchObject({ status: 200, policy: '"requests";q=2;w=3600' });
    expect(first.left).toMatch(/^"requests";r=1;t=3\d{3}$/);
    expect(await statuses(url, 'orders', 'globex', 1)).toEqual([200]);
    const refused = await visit(url, 'orders', 'globex');
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'TENANT_RATE_LIMITED', detail: 'The rate requests allows 2 in 3600 s.' },
    });
    expect(refused.left).toMatch(/^"requests";r=0;t=/);
    expect(refused.retryAfter).toBeGreaterThan(3_000);
    expect(await statuses(url, 'orders.csv', 'globex', 2)).toEqual([200, 429]);
    expect(await statuses(url, 'orders', 'initech', 5)).toEqual([200, 200, 200, 200, 429]);
    expect(await statuses(url, 'orders', 'hooli', 3)).toEqual([200, 200, 429]);
    expect(await visit(url, 'orders', 'acme')).toMatchObject({ status: 200, left: null });
    expect(await statuses(url, 'orders', 'acme', 5)).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses(url, 'open', undefined, 4)).toEqual([200, 200, 200, 200]);
  });

  it('count all of requests that come at once', async () => {
    const { url } = await startApp(platform, { controllers, tenancy: { store: store(), plans } });
    const all = await Promise.all(Array.from({ length: 12 }, () => visit(url, 'orders', 'initech')));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(4);
  });

  it('are not used up by those who may not enter the tenant', async () => {
    let isMember = false;
    const accessPolicy = { canEnter: async (_: Tenant) => isMember };
    const { url } = await startApp(platform, {
      controllers,
      tenancy: { store: store(), plans, accessPolicy },
    });
    expect(await statuses(url, 'orders', 'globex', 5)).toEqual([403, 403, 403, 403, 403]);
    isMember = true;
    expect(await statuses(url, 'orders', 'globex', 3)).toEqual([200, 200, 429]);
  });
});

@Controller('reports')
@RateLimit('3/hour')
class ReportsController {
  @Get('one')
  one(): object {
    return {};
  }

  @Get('two')
  two(): object {
    return {};
  }

  @Get('several')
  @RateLimit('requests')
  @RateLimit('5/hour')
  @RateLimit('5/hour')
  @RateLimit('2/hour', { by: 'user' })
  several(): object {
    return {};
  }
}

@Controller('sign-in')
@TenantOptional()
class SignInController {
  @Get()
  @RateLimit('2/minute', { by: 'ip' })
  signIn(): object {
    return {};
  }
}

describe.each(PLATFORMS)('rates that are written out on %s', (platform) => {
  const start = () =>
    startApp(platform, {
      controllers: [ReportsController, SignInController],
      tenancy: {
        store: store(),
        plans: { ...plans, free: { rates: { ...plans.free.rates, requests: '4/hour' } } },
        rates: { userOf: ({ headers }: { headers: Record<string, string> }) => headers['x-user'] },
      },
    });

  it('count what they stand on: a controller, or a handler', async () => {
    const { url } = await start();
    expect(await statuses(url, 'reports/one', 'globex', 2)).toEqual([200, 200]);
    expect(await statuses(url, 'reports/two', 'globex', 2)).toEqual([200, 429]);
    expect(await statuses(url, 'reports/one', 'acme', 1)).toEqual([200]);
    expect((await visit(url, 'reports/one', 'acme')).policy).toBe('"3/hour";q=3;w=3600');
  });

  it('hold several at once, and what one refuses does not count in the others', async () => {
    const { url } = await start();
    const ask = (user: string) =>
      fetch(`${url}/reports/several`, { headers: { 'x-tenant-id': 'globex', 'x-user': user } });
    const first = await ask('nora');
    expect(first.headers.get('ratelimit-policy')).toBe(
      '"2/hour by user";q=2;w=3600, "requests";q=4;w=3600, "5/hour";q=5;w=3600',
    );
    expect(first.headers.get('ratelimit')).toMatch(
      /^"2\/hour by user";r=1;t=\d+, "requests";r=3;t=\d+, "5\/hour";r=4;t=\d+$/,
    );
    const found: number[] = [];
    for (const user of ['nora', 'nora', 'nora', 'sven', 'sven', 'sven', 'otto'])
      found.push((await ask(user)).status);
    expect(found).toEqual([200, 429, 429, 200, 200, 429, 429]);
    const refused = (await (await ask('sven')).json()) as { detail: string };
    expect(refused.detail).toBe('The rate 2/hour by user allows 2 in 3600 s.');
  });

  it('by address count requests without a tenant too, and each tenant by itself', async () => {
    const { url } = await start();
    expect(await statuses(url, 'sign-in', undefined, 3)).toEqual([200, 200, 429]);
    expect(await statuses(url, 'sign-in', 'globex', 3)).toEqual([200, 200, 429]);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:0:0:1::', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
])('the address %j is one of %j', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('an app with a rate of no plan does not start', async () => {
  const app = await createApp('express', {
    controllers,
    tenancy: { store: store(), plans: { free: { rates: { requests: '1/second' } } } },
  });
  await expect(app.init()).rejects.toThrow(
    'expected a plan with the rate "exports", which OrdersController.csv is limited to',
  );
});

it.each(['', ' ', '0/minute', '100/week', '-1/second', '5 / minute', '1e3/hour', 'Requests'])(
  '%j is no rate',
  (rate) => {
    expect(() => RateLimit(rate)).toThrow(TypeError);
  },
);
