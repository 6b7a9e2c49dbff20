import { Module } from '@nestjs/common';
import { HealthChecks, type HealthFinding, TenancyHealthModule } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { MetricsDeployment } from '../metrics.fixture.js';
import { TenancyMetricsModule } from '../nest/tenancy-metrics.module.js';
import { InstanceMetrics } from './instance-metrics.js';

const auth = new OperatorAuth({ tokens: [{ token: () => 'secret', role: 'viewer' }] });

let open: MetricsDeployment;
beforeEach(async () => {
  open = await MetricsDeployment.open();
});
afterEach(() => open.close());

it('has what an instance knows: checks of health, look-ups of tenants, connections', async () => {
  let finding: HealthFinding = { status: 'degraded' };
  @Module({
    imports: [
      // A busy machine is no catalog that is down.
      TenancyHealthModule.forRoot({ cacheMs: 0, timeoutMs: 60_000 }),
      TenancyMetricsModule.forRoot({ path: 'admin', auth }),
    ],
  })
  class AppModule {
    constructor(checks: HealthChecks) {
      checks.add({ name: 'mail', check: async () => finding });
    }
  }
  await open.tenants(['acme']);
  const { url } = await open.start({ module: AppModule });
  const send = async (tenant: string) =>
    (await fetch(`${url}/work/1`, { headers: { 'x-tenant-id': tenant } })).text();
  for (const tenant of ['acme', 'acme', 'acme', 'nobody', 'nobody']) await send(tenant);

  const read = async () => {
    const answer = await fetch(`${url}/metrics/instance`, { headers: { authorization: 'Bearer secret' } });
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return (await answer.text()).split('\n');
  };
  expect(await read()).toEqual(
    expect.arrayContaining([
      'rowhouse_health{check="mail"} 0.5',
      'rowhouse_health{check="catalog"} 1',
      'rowhouse_health{check="metrics"} 1',
      'rowhouse_tenant_lookups_total{answer="hit"} 2',
      'rowhouse_tenant_lookups_total{answer="negative_hit"} 1',
      'rowhouse_tenant_lookups_total{answer="miss"} 2',
      'rowhouse_tenant_lookups_total{answer="stale_hit"} 0',
      'rowhouse_tenant_store_errors_total 0',
      'rowhouse_tenants_held 1',
      'rowhouse_pool_connections{state="busy"} 0',
      'rowhouse_pool_waiting 0',
    ]),
  );
  finding = { status: 'down' };
  expect(await read()).toContain('rowhouse_health{check="mail"} 0');
  expect((await fetch(`${url}/metrics/instance`)).status).toBe(401);
});

it('has nothing of parts that an app has not', async () => {
  const text = await new InstanceMetrics({}).text();
  expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([]);
});
