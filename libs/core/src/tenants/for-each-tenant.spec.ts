import { setImmediate as turn } from 'node:timers/promises';
import { TenantContext } from '../tenant-context.js';
import { forEachTenant } from './for-each-tenant.js';
import { InMemoryTenantStore } from './in-memory-tenant-store.js';
import type { TenantStore } from './tenant-store.js';

const storeOf = (count: number) =>
  new InMemoryTenantStore(
    Array.from({ length: count }, (_, index) => ({ slug: `t${String(index).padStart(4, '0')}` })),
  );

describe('forEachTenant', () => {
  it('runs the function once as each tenant, through all pages, and reports by slug', async () => {
    const report = await forEachTenant(storeOf(250), async (tenant) => {
      await turn();
      expect(TenantContext.require()).toBe(tenant);
      return tenant.slug.toUpperCase();
    });
    expect(TenantContext.get()).toBeUndefined();
    expect(report).toMatchObject({ succeeded: 250, failed: 0, skipped: 0 });
    const slugs = report.results.map((result) => result.slug);
    expect(slugs).toEqual([...slugs].sort());
    expect(new Set(slugs).size).toBe(250);
    expect(report.results[7]).toMatchObject({ slug: 't0007', status: 'ok', value: 'T0007' });
    expect(report.durationMs).toBeGreaterThan(0);
  });

  it('works on as many tenants at a time as it may, and no more', async () => {
    let running = 0;
    let most = 0;
    await forEachTenant(
      storeOf(20),
      async () => {
        most = Math.max(most, ++running);
        await turn();
        running--;
      },
      { concurrency: 3 },
    );
    expect(most).toBe(3);
  });

  it('visits active tenants unless told otherwise, and of these the ones the filter takes', async () => {
    const store = new InMemoryTenantStore([
      { slug: 'acme', plan: 'pro' },
      { slug: 'globex' },
      { slug: 'initech', plan: 'pro', status: 'suspended' },
    ]);
    const visit = async (options?: Parameters<typeof forEachTenant>[2]) =>
      (await forEachTenant(store, () => undefined, options)).results.map((result) => result.slug);
    expect(await visit()).toEqual(['acme', 'globex']);
    expect(await visit({ status: 'suspended' })).toEqual(['initech']);
    expect(await visit({ status: 'any' })).toEqual(['acme', 'globex', 'initech']);
    expect(await visit({ filter: (tenant) => tenant.plan === 'pro' })).toEqual(['acme']);
  });

  const failOn = (slug: string) => (tenant: { readonly slug: string }) => {
    if (tenant.slug === slug) throw new Error(`${slug} is broken`);
  };

  it('goes on after a tenant has failed', async () => {
    const report = await forEachTenant(storeOf(5), failOn('t0001'));
    expect(report).toMatchObject({ succeeded: 4, failed: 1, skipped: 0 });
    expect(report.results[1]).toMatchObject({ status: 'failed', error: new Error('t0001 is broken') });
  });

  it('stops after a tenant has failed, when told to, and reports the rest as skipped', async () => {
    const report = await forEachTenant(storeOf(5), failOn('t0001'), { concurrency: 1, onError: 'stop' });
    expect(report.results.map((result) => result.status)).toEqual([
      'ok',
      'failed',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(report).toMatchObject({ succeeded: 1, failed: 1, skipped: 3 });
  });

  it('asks what to do after a tenant has failed', async () => {
    const asked: unknown[] = [];
    const report = await forEachTenant(
      storeOf(5),
      (tenant) => {
        if (tenant.slug !== 't0004') throw tenant.slug;
      },
      {
        concurrency: 1,
        onError: (error, tenant) => {
          asked.push([error, tenant.slug]);
          return tenant.slug === 't0002' ? 'stop' : 'continue';
        },
      },
    );
    expect(asked).toEqual(['t0000', 't0001', 't0002'].map((slug) => [slug, slug]));
    expect(report).toMatchObject({ succeeded: 0, failed: 3, skipped: 2 });
  });

  it('begins no further tenant once the signal is aborted, and waits for those under way', async () => {
    const controller = new AbortController();
    const finished: string[] = [];
    const report = await forEachTenant(
      storeOf(150),
      async (tenant, signal) => {
        expect(signal).toBe(controller.signal);
        if (tenant.slug === 't0002') controller.abort();
        await turn();
        finished.push(tenant.slug);
      },
      { concurrency: 2, signal: controller.signal },
    );
    expect(report.results).toHaveLength(150);
    expect(report.results.slice(0, 3).map((result) => result.status)).toEqual(['ok', 'ok', 'ok']);
    expect(report.succeeded).toBe(finished.length);
    expect(report.succeeded).toBeLessThanOrEqual(4);
    expect(report.skipped).toBe(150 - finished.length);
  });

  it.each(['list', 'onError'])(
    'throws what %s throws, once the tenants under way are done',
    async (broken) => {
      const store = storeOf(102);
      const flawed: Pick<TenantStore, 'list'> = {
        list: async (options) => {
          if (broken === 'list' && options?.cursor) throw new Error('no more');
          return store.list(options);
        },
      };
      let running = 0;
      const run = forEachTenant(
        flawed,
        async (tenant) => {
          running++;
          for (let turns = 0; turns < 5; turns++) await turn();
          running--;
          if (tenant.slug === 't0099' || broken === 'onError') throw new Error('broken');
        },
        {
          onError: () => {
            if (broken === 'onError') throw new Error('no more');
            return 'continue';
          },
        },
      );
      await expect(run).rejects.toThrow('no more');
      expect(running).toBe(0);
    },
  );

  it('reports an empty fleet', async () => {
    expect(await forEachTenant(storeOf(0), () => 1)).toMatchObject({
      succeeded: 0,
      failed: 0,
      skipped: 0,
      results: [],
    });
  });

  it('names the option that is wrong', async () => {
    const run = forEachTenant(storeOf(1), () => 1, { concurrency: 0 });
    await expect(run).rejects.toThrow(/concurrency/);
  });
});
