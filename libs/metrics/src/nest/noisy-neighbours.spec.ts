import { randomUUID } from 'node:crypto';
import { Controller, Get, Inject } from '@nestjs/common';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { OperatorEntry } from '@rowhouse/core/internal';
import { HealthChecks } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { DataSource } from 'typeorm';
import { until } from '../../../../test/support/until.js';
import { MetricsDeployment, type Platform, WorkController } from '../metrics.fixture.js';
import type { TenantNow } from '../reading/now.js';
import { MetricsCollection } from './metrics-collection.js';
import { TenancyMetricsModule } from './tenancy-metrics.module.js';

@Controller()
class HeavyController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** As long as the client is there. */
  @Get('heavy')
  async heavy() {
    await this.dataSource.query("select pg_sleep(600), 'secret'");
  }
}

const auth = new OperatorAuth({ tokens: [{ token: () => 'secret', role: 'viewer' }] });

let open: MetricsDeployment;
let acme: Tenant;
let globex: Tenant;
const begun: AbortController[] = [];
beforeEach(async () => {
  open = await MetricsDeployment.open();
  [acme, globex] = (await open.tenants(['acme', 'globex'])) as [Tenant, Tenant];
});
afterEach(async () => {
  for (const each of begun.splice(0)) each.abort();
  await open.close();
});

const start = (platform: Platform) =>
  open.start(TenancyMetricsModule.forRoot({ path: 'admin', auth }), {
    platform,
    controllers: [WorkController, HeavyController],
    tenancy: { plans: { free: { limits: { noisyConcurrency: 1 } } }, cancelOnDisconnect: true },
  });

type Instance = Awaited<ReturnType<typeof start>>;

/** Begins requests that end when they are aborted. */
function heavy({ url }: Instance, { slug }: Tenant, count: number): AbortController[] {
  return Array.from({ length: count }, () => {
    const control = new AbortController();
    begun.push(control);
    const { signal } = control;
    fetch(`${url}/heavy`, { headers: { 'x-tenant-id': slug }, signal }).catch(() => {});
    return control;
  });
}

const read = async ({ url }: Instance) => {
  const answer = await fetch(`${url}/admin/metrics/now`, { headers: { authorization: 'Bearer secret' } });
  return { text: await answer.clone().text(), body: (await answer.json()) as { tenants: TenantNow[] } };
};
const nowOf = async (instance: Instance, { id }: Tenant) =>
  (await read(instance)).body.tenants.find(({ tenantId }) => tenantId === id);
const turnsOf = ({ app }: Instance, { id }: Tenant) =>
  app.get(DataSourceRegistry).stats().pools[0]?.tenants.get(id);

it('a tenant that burns the database is named while it does, throttled on every instance, and released when it stops', async () => {
  const one = await start('express');
  const two = await start('fastify');
  expect((await fetch(`${one.url}/admin/metrics/now`)).status).toBe(401);
  const flood = heavy(one, acme, 4);
  const quiet = [...heavy(two, globex, 1), ...heavy(two, acme, 2)];
  const facts = { id: randomUUID(), tenantId: globex.id, readOnly: true, reason: 'a spec' };
  const entry = new OperatorEntry(
    { ...facts, operator: { type: 'operator', id: 'ada' }, expiresAt: new Date(Date.now() + 600_000) },
    600_000,
  );
  const entered = new AbortController();
  begun.push(entered);
  const { signal } = entered;
  const looking = TenantContext.run(
    globex,
    () => two.app.get(DataSource).query('select 1 as entered, pg_sleep(600)'),
    { entry, signal },
  ).catch(() => {});

  await until(async () => (await nowOf(two, acme))?.noisySince);
  expect(await nowOf(two, acme)).toMatchObject({
    slug: 'acme',
    statements: [{ shape: 'select pg_sleep(?), ?', running: 4, share: 1 }],
  });
  expect((await read(one)).text).not.toMatch(/secret|entered|pg_sleep\(\d/);
  const { rows } = await open.catalog.query(
    'select type, detail from rowhouse.tenant_events where type = $1',
    ['noisy'],
  );
  expect(rows).toMatchObject([
    { detail: { noisyConcurrency: 1, statements: [{ shape: 'select pg_sleep(?), ?' }] } },
  ]);
  await until(async () => (await nowOf(two, acme))?.throttledTo === 1);

  // What has begun goes on; what comes then takes turns.
  expect(turnsOf(one, acme)).toEqual({ active: 2, waiting: 2 });
  for (const each of flood) each.abort();
  await until(() => turnsOf(one, acme) === undefined);
  const more = heavy(one, acme, 3);
  await until(() => turnsOf(one, acme)?.waiting === 2);
  expect(turnsOf(one, acme)).toEqual({ active: 1, waiting: 2 });
  const others = await fetch(`${one.url}/work/1`, { headers: { 'x-tenant-id': 'globex' } });
  expect(others.status).toBe(200);

  for (const each of [...more, ...quiet]) each.abort();
  await until(() => turnsOf(one, acme) === undefined && turnsOf(two, acme) === undefined);
  await until(async () => {
    await open.catalog.query(
      "update rowhouse.noisy_tenants set under_since = under_since - interval '1 minute'",
    );
    return (await nowOf(one, acme))?.noisySince == null;
  });
  const released = heavy(one, acme, 2);
  await until(() => turnsOf(one, acme)?.active === 2);
  for (const each of [...released, entered]) each.abort();
  await looking;
  await until(() => turnsOf(one, acme) === undefined && turnsOf(two, globex) === undefined);
}, 120_000);

it('health says while nobody can be throttled', async () => {
  const one = await start('express');
  const check = one.app.get(HealthChecks).all.find(({ name }) => name === 'noisyNeighbours');
  expect(await check?.check?.()).toEqual({ status: 'up' });
  await open.catalog.query('alter table rowhouse.activity_reports rename to hidden');
  await fetch(`${one.url}/work/1`, { headers: { 'x-tenant-id': 'acme' } });
  await until(async () => (await check?.check?.())?.status === 'degraded');
  await open.catalog.query('alter table rowhouse.hidden rename to activity_reports');
  // A report that had begun before may fail after this one.
  await until(async () => {
    await one.app.get(MetricsCollection).report();
    return (await check?.check?.())?.status === 'up';
  });
}, 120_000);
