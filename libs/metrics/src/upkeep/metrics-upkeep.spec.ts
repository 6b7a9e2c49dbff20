import { randomUUID } from 'node:crypto';
import { type Catalog, PostgresTenantStore, type Tenant } from '@rowhouse/core';
import { MetricsDeployment } from '../metrics.fixture.js';
import { TenantMetrics } from '../reading/tenant-metrics.js';
import { MetricsUpkeep } from './metrics-upkeep.js';

let open: MetricsDeployment;
let problems: unknown[];
beforeEach(async () => {
  open = await MetricsDeployment.open();
  problems = [];
});
afterEach(() => open.close());

async function upkeep(catalog: Catalog = open.catalog) {
  const { deployment } = await open.fleet();
  return new MetricsUpkeep({
    catalog,
    store: new PostgresTenantStore({ pool: open.catalog }),
    registry: deployment.registry,
    storageMs: 60_000,
    onProblem: (error) => problems.push(error),
  });
}

const storageOf = async (tenant: Tenant | undefined) =>
  (await new TenantMetrics(open.catalog).of(tenant as Tenant)).storage;

describe('the upkeep of metrics', () => {
  it('measures tables, indexes and long values of tenants with schemas and databases', async () => {
    const [acme, globex] = await open.tenants(['acme', 'globex']);
    const [own] = await open.tenants(['own'], 'database');
    const [row] = await open.tenants(['row'], 'row');
    const { deployment } = await open.fleet();
    for (const tenant of [acme, own]) {
      const direct = await deployment.registry.directFor(tenant as Tenant);
      await direct.query('create table "Weird Name" (n int primary key, long text)');
      await direct.query(`insert into "Weird Name" select n, (select string_agg(md5(n::text || m), '') from generate_series(1, 500) m)
        from generate_series(1, 20) n`);
    }
    await (await upkeep()).run();
    expect(problems).toEqual([]);
    for (const tenant of [acme, own]) {
      const storage = await storageOf(tenant);
      expect(storage?.tableBytes).toBeGreaterThanOrEqual(8_192);
      expect(storage?.indexBytes).toBeGreaterThanOrEqual(8_192);
      expect(storage?.toastBytes).toBeGreaterThan(20 * 10_000);
    }
    expect((await storageOf(globex))?.toastBytes).toBeLessThan(20_000);
    expect(await storageOf(row)).toBeNull();
    const { storage } = await new TenantMetrics(open.catalog).fleet();
    const all = await Promise.all([acme, globex, own].map(storageOf));
    expect(storage?.toastBytes).toBe(all.reduce((sum, one) => sum + (one?.toastBytes ?? 0), 0));
    expect(
      (await new TenantMetrics(open.catalog).top('storageBytes', { limit: 2 }))
        .map(({ slug }) => slug)
        .sort(),
    ).toEqual(['acme', 'own']);
  });

  it('measures the others while one is locked by its migration, and not again before it is time', async () => {
    const [acme] = await open.tenants(['acme']);
    const [own] = await open.tenants(['own'], 'database');
    const { deployment } = await open.fleet();
    const direct = await deployment.registry.directFor(acme as Tenant);
    await direct.query('create table locked (n int)');
    const runner = direct.createQueryRunner();
    await runner.startTransaction();
    await runner.query('lock table locked');
    const one = await upkeep();
    await one.run();
    await runner.rollbackTransaction();
    await runner.release();
    expect(problems).toHaveLength(1);
    expect(await storageOf(acme)).toBeNull();
    const measured = await storageOf(own);
    expect(measured).not.toBeNull();
    await one.run();
    expect(await storageOf(own)).toEqual(measured);
  });

  it('removes what is too old, and what came after a purge', async () => {
    const id = randomUUID();
    const meters = '0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0';
    for (const [table, ages] of [
      ['minutes', ['24 hours', '26 hours']],
      ['hours', ['30 days', '32 days']],
    ] as const)
      for (const age of ages)
        await open.catalog.query(
          `insert into rowhouse.metric_${table} select $1, date_trunc('hour', now() - $2::interval), ${meters}, '{}'`,
          [id, age],
        );
    await open.catalog.query(
      `insert into rowhouse.metric_slow_statements (tenant_id, id, calls, total_us, max_us, rows)
       select $1, n::text, 1, n, n, 1 from generate_series(1, 60) n`,
      [id],
    );
    const count = async (table: string) => {
      const { rows } = await open.catalog.query(
        `select count(*)::int as n from rowhouse.metric_${table} where tenant_id = $1`,
        [id],
      );
      return rows[0].n;
    };
    const one = await upkeep();
    await one.run();
    expect(problems).toEqual([]);
    expect([await count('minutes'), await count('hours'), await count('slow_statements')]).toEqual([
      1, 1, 50,
    ]);
    await open.catalog.query('insert into rowhouse.metric_purged (tenant_id) values ($1)', [id]);
    await one.run();
    expect([await count('minutes'), await count('hours'), await count('slow_statements')]).toEqual([0, 0, 0]);
  });

  it('is left to the instance that is at it', async () => {
    const busy = {
      query: () => Promise.reject(new Error('not asked')),
      whileLocked: async () => undefined,
    } as unknown as Catalog;
    await (await upkeep(busy)).run();
    expect(problems).toEqual([]);
  });
});
