import { randomUUID } from 'node:crypto';
import type { TenantStore } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/nestjs';
import pg from 'pg';
import { MetricsDeployment } from '../metrics.fixture.js';
import { measureStorage } from '../upkeep/storage-sizes.js';
import { recordUsage } from './records/record-usage.js';
import { UsageRecords } from './records/usage-records.js';

let open: MetricsDeployment;
beforeEach(async () => {
  open = await MetricsDeployment.open();
  await open.catalog.query("select rowhouse.begin_usage(now() - interval '3 days')");
});
afterEach(() => open.close());

/** A size as it was measured a while ago. */
const measured = (tenant: string, bytes: number, ago: string) =>
  open.catalog.query(
    'insert into rowhouse.metric_storage values ($1, $2, 0, 0, now() - $3::interval) on conflict (tenant_id) do update set measured_at = excluded.measured_at',
    [tenant, bytes, ago],
  );

async function measure(): Promise<void> {
  const fleet = await open.fleet();
  const { tenants } = await fleet.tenants.list();
  const store = { list: async () => ({ tenants, next: undefined }) } as unknown as TenantStore;
  const problems: unknown[] = [];
  const pool = new pg.Pool({ connectionString: open.ownerUrl });
  await measureStorage({
    catalog: open.catalog,
    store,
    registry: { directPoolFor: async () => pool } as unknown as DataSourceRegistry,
    signal: new AbortController().signal,
    onProblem: (error) => problems.push(error),
  });
  await pool.end();
  expect(problems).toEqual([]);
}

const byteHours = async (tenant: string) => {
  const { rows } = await open.catalog.query<{ quantity: string; hours: number }>(
    `select sum(quantity)::text as quantity, count(*)::int as hours from rowhouse.usage_counts
      where tenant_id = $1 and meter = 'storageByteHours'`,
    [tenant],
  );
  return { quantity: Number(rows[0]?.quantity ?? 0), hours: rows[0]?.hours ?? 0 };
};

it('bytes are counted for as long as they were there, in the hours in which they were', async () => {
  const [acme] = await open.tenants(['acme']);
  if (!acme) throw new Error('none');
  await measured(acme.id, 1_000, '150 minutes');
  await measure();
  const first = await byteHours(acme.id);
  expect(first.quantity).toBeGreaterThanOrEqual(2_500);
  expect(first.quantity).toBeLessThan(2_700);
  expect(first.hours).toBeGreaterThanOrEqual(3);
});

it('a day is counted at most where nobody has measured for longer', async () => {
  const [acme] = await open.tenants(['acme']);
  if (!acme) throw new Error('none');
  await measured(acme.id, 1_000, '60 hours');
  await measure();
  expect((await byteHours(acme.id)).quantity).toBeCloseTo(24_000, 0);
});

it('an hour of storage is recorded when all of it is measured', async () => {
  const tenant = randomUUID();
  await open.catalog.query(
    `insert into rowhouse.usage_counts (tenant_id, meter, hour, quantity)
       select $1, 'storageByteHours', date_trunc('hour', now() - interval '5 hours', 'UTC'), 100`,
    [tenant],
  );
  await measured(tenant, 100, '5 hours');
  await recordUsage(open.catalog, Date.now());
  const records = new UsageRecords(open.catalog);
  expect(await records.list({ limit: 5, tenant })).toEqual([]);
  await measured(tenant, 100, '1 hour');
  await recordUsage(open.catalog, Date.now());
  expect(await records.list({ limit: 5, tenant })).toMatchObject([{ quantity: '100', revision: 1 }]);
});
