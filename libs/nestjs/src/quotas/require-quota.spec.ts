import { jest } from '@jest/globals';
import { Controller, Injectable, Post } from '@nestjs/common';
import { InMemoryTenantStore, type Tenant } from '@rowhouse/core';
import { closeApps, createApp, PLATFORMS, startApp } from '../platforms.fixture.js';
import { TenantOptional } from '../routes/tenant-route.decorator.js';
import { QuotaMeters } from './quota-meters.js';
import { RequireQuota } from './require-quota.decorator.js';

const plans = {
  free: { quotas: { files: 10 } },
  pro: { quotas: { files: 'unlimited' as const } },
};
const store = () =>
  new InMemoryTenantStore([
    { slug: 'acme', plan: 'free' },
    { slug: 'globex', plan: 'free' },
    { slug: 'initech', plan: 'pro' },
  ]);

@Controller('files')
@RequireQuota('files')
class FilesController {
  @Post()
  add(): object {
    return {};
  }

  @Post('open')
  @TenantOptional()
  open(): object {
    return {};
  }
}

const usedBy = jest.fn<(tenant: Tenant) => Promise<number | undefined>>();

@Injectable()
class FilesMeter {
  constructor(meters: QuotaMeters) {
    meters.add({ quota: 'files', everyMs: 60_000, usedBy });
  }
}

const app = { controllers: [FilesController], providers: [FilesMeter] };

beforeEach(() => void usedBy.mockReset());
afterEach(closeApps);

describe.each(PLATFORMS)('quotas that are measured on %s', (platform) => {
  const start = (tenancy = {}) =>
    startApp(platform, { ...app, tenancy: { store: store(), plans, ...tenancy } });
  const post = async (url: string, tenant?: string, path = 'files') => {
    const headers: Record<string, string> = tenant ? { 'x-tenant-id': tenant } : {};
    const response = await fetch(`${url}/${path}`, { method: 'POST', headers });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };

  it('refuse a tenant that has as much as it may, and measure it once for many requests', async () => {
    usedBy.mockImplementation(async ({ slug }) => (slug === 'acme' ? 10 : 9));
    const { url } = await start();
    const all = await Promise.all(Array.from({ length: 20 }, () => post(url, 'acme')));
    expect(all).toEqual(Array.from({ length: 20 }, () => [403, 'QUOTA_EXCEEDED']));
    expect(usedBy).toHaveBeenCalledTimes(1);
    expect(await post(url, 'globex')).toEqual([201, undefined]);
    expect(await post(url, 'initech')).toEqual([201, undefined]);
    expect(usedBy).toHaveBeenCalledTimes(2);
    expect(await post(url, undefined, 'files/open')).toEqual([201, undefined]);
  });

  it('refuse nothing that cannot be told, and read again what failed', async () => {
    const { url } = await start();
    usedBy.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(undefined);
    expect((await post(url, 'acme'))[0]).toBe(500);
    expect(await post(url, 'acme')).toEqual([201, undefined]);
  });

  it('say nothing to those who may not enter the tenant', async () => {
    usedBy.mockResolvedValue(10);
    const { url } = await start({ accessPolicy: { canEnter: async () => false } });
    expect(await post(url, 'acme')).toEqual([403, 'TENANT_ACCESS_DENIED']);
    expect(usedBy).not.toHaveBeenCalled();
  });
});

it.each([
  { ...app, tenancy: { store: store(), plans: { free: {} } } },
  { ...app, providers: [], tenancy: { store: store(), plans } },
])('an app with a quota that no plan has or nothing measures does not start', async (options) => {
  const made = await createApp('express', options);
  await expect(made.init()).rejects.toThrow(
    'expected a plan with the quota "files", and something that measures it',
  );
});

it('a quota has a name, and one meter', () => {
  expect(() => RequireQuota(' ')).toThrow(TypeError);
  const meters = new QuotaMeters();
  const meter = { quota: 'files', usedBy };
  meters.add(meter);
  expect(() => meters.add(meter)).toThrow('which has a meter');
});
