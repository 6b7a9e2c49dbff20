import { jest } from '@jest/globals';
import { makeTenant } from '../../../../test/support/tenants.js';
import { HealthChecks, type HealthFinding } from './health-checks.js';
import { HeldFinding } from './held-finding.js';
import { TenancyHealth } from './tenancy-health.js';

const UP: HealthFinding = { status: 'up' };
const DOWN: HealthFinding = { status: 'down' };
const acme = makeTenant('acme');
const globex = makeTenant('globex');

function healthOf(...added: Parameters<HealthChecks['add']>[0][]) {
  const checks = new HealthChecks();
  for (const check of added) checks.add(check);
  return new TenancyHealth(checks, { timeoutMs: 1_000, cacheMs: 60_000 });
}

describe('the health of an instance', () => {
  it('is an error only where what is essential is down', async () => {
    const essential = { name: 'database', isEssential: true, check: async () => UP };
    const other = (finding: HealthFinding) => ({ name: 'clock', check: async () => finding });
    expect(await healthOf(essential, other(UP)).report()).toEqual({
      status: 'ok',
      checks: { database: UP, clock: UP },
    });
    const degraded = healthOf(essential, other(DOWN));
    expect((await degraded.report()).status).toBe('degraded');
    expect(await degraded.isReady()).toBe(true);
    const broken = healthOf({ ...essential, check: async () => DOWN }, other(UP));
    expect((await broken.report()).status).toBe('error');
    expect(await broken.isReady()).toBe(false);
  });

  it('of one tenant is an error where any of its own is down, and says nothing of others', async () => {
    const health = healthOf(
      { name: 'database', isEssential: true, check: async () => DOWN },
      { name: 'home', checkTenant: async ({ slug }) => (slug === 'acme' ? DOWN : UP) },
    );
    expect(await health.ofTenant(acme)).toEqual({ status: 'error', checks: { home: DOWN } });
    expect(await health.ofTenant(globex)).toEqual({ status: 'ok', checks: { home: UP } });
  });

  it('is what terminus takes', async () => {
    const health = healthOf(
      { name: 'clock', check: async () => ({ status: 'degraded', skewMs: 3_000 }) },
      { name: 'catalog', check: () => Promise.reject(new Error('gone')) },
    );
    expect(await health.indicator('clock')).toEqual({ clock: { status: 'up', skewMs: 3_000 } });
    expect(await health.indicator('catalog')).toEqual({ catalog: { status: 'down', message: 'gone' } });
    await expect(health.indicator('clocks')).rejects.toThrow('expected one of clock, catalog');
  });

  it('asks each check once, however many probes there are', async () => {
    const check = jest.fn(async () => UP);
    const health = healthOf({ name: 'database', isEssential: true, check });
    await Promise.all(Array.from({ length: 200 }, () => health.isReady()));
    await health.report();
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('has one check of each name', () => {
    const check = { name: 'database', check: async () => UP };
    expect(() => healthOf(check, check)).toThrow('expected another name than "database"');
  });
});

describe('a finding', () => {
  it('is asked for again when it is old', async () => {
    let now = 0;
    const find = jest.fn(async () => UP);
    const held = new HeldFinding({ find, everyMs: 100, timeoutMs: 1_000, now: () => now });
    for (const at of [0, 99, 100, 150, 200]) {
      now = at;
      await held.get();
    }
    expect(find).toHaveBeenCalledTimes(3);
  });

  it('is down when it takes too long, and is not asked for beside itself', async () => {
    let answer: (finding: HealthFinding) => void = () => {};
    const find = jest.fn(() => new Promise<HealthFinding>((resolve) => (answer = resolve)));
    let now = 0;
    const held = new HeldFinding({ find, everyMs: 10, timeoutMs: 5, now: () => now });
    for (; now < 100; now += 20)
      expect(await held.get()).toEqual({ status: 'down', message: 'has not answered in 5 ms' });
    expect(find).toHaveBeenCalledTimes(1);
    answer(UP);
    await new Promise(setImmediate);
    expect(await held.get()).toEqual(UP);
    expect(find).toHaveBeenCalledTimes(1);
  });
});
