import { jest } from '@jest/globals';
import type { Catalog, Tenant, TenantPoolStats } from '@rowhouse/core';
import type { RunningStatement } from '@rowhouse/core/internal';
import { MetricsDeployment } from '../metrics.fixture.js';
import { DeploymentGauges } from '../prometheus/deployment-gauges.js';
import { readNow } from '../reading/now.js';
import { ActivityWatch } from './activity-watch.js';

type Use = readonly [active: number, waiting: number];

/** The pools of an instance, as a spec says. */
class Pools {
  statements: readonly RunningStatement[] = [];
  throttled: ReadonlyMap<string, number> = new Map();
  #use: ReadonlyMap<string, { active: number; waiting: number }> = new Map();

  /** Each statement has been under way for an hour. */
  have(
    use: Readonly<Record<string, Use>>,
    statements: readonly (readonly [key: string, text: string])[],
  ): void {
    this.#use = new Map(Object.entries(use).map(([id, [active, waiting]]) => [id, { active, waiting }]));
    this.statements = statements.map(([key, text]) => ({ key, text, ageMs: 3_600_000 }));
  }

  running = () => this.statements;
  stats = () => ({
    pools: [{ max: 10, tenants: this.#use, databases: new Map() } as unknown as TenantPoolStats],
  });
  throttle = (connections: ReadonlyMap<string, number>) => {
    this.throttled = connections;
  };
}

let open: MetricsDeployment;
let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  open = await MetricsDeployment.open();
  [acme, globex] = (await open.tenants(['acme', 'globex'], 'row')) as [Tenant, Tenant];
});
afterEach(() =>
  open.catalog.query(
    'truncate rowhouse.activity_reports, rowhouse.noisy_tenants, rowhouse.tenant_events cascade',
  ),
);
afterAll(() => open.close());

const onProblem = jest.fn();
beforeEach(() => void onProblem.mockClear());

function instance({
  catalog = open.catalog,
  limit,
}: {
  catalog?: Pick<Catalog, 'query'>;
  limit?: number;
} = {}) {
  const pools = new Pools();
  const watch = new ActivityWatch({
    catalog,
    pools,
    thresholds: { share: 0.5, demand: 0.25 },
    noisyConcurrencyOf: async (id) => (id === acme.id ? limit : undefined),
    onProblem,
  });
  return { pools, watch };
}

const flood = ({ pools }: ReturnType<typeof instance>) =>
  pools.have({ [acme.id]: [5, 30], [globex.id]: [1, 0] }, [
    ...Array.from(
      { length: 5 },
      (_, n) => [acme.id, `select * from orders where secret = 'x${n}' -- y`] as const,
    ),
    [globex.id, 'select 1'],
  ]);

/** What is known of tenants was decided so much earlier. */
const letPass = (seconds: number) =>
  open.catalog.query(
    `update rowhouse.noisy_tenants set over_since = over_since - make_interval(secs => $1),
       noisy_since = noisy_since - make_interval(secs => $1), under_since = under_since - make_interval(secs => $1)`,
    [seconds],
  );

const events = async () => {
  const { rows } = await open.catalog.query<{
    type: string;
    tenant_id: string;
    detail: object;
    actor: object;
  }>('select type, tenant_id, detail, actor from rowhouse.tenant_events order by id');
  return rows;
};

const reportAll = (instances: readonly ReturnType<typeof instance>[]) =>
  Promise.all(instances.map(({ watch }) => watch.report()));

describe('three instances', () => {
  it('know what all do together, with its statements and without their values', async () => {
    const instances = [instance(), instance(), instance()];
    instances.forEach(flood);
    instances[2]?.pools.have({ [globex.id]: [2, 0] }, [
      [globex.id, 'select 1'],
      ['', 'select secret'],
    ]);
    await reportAll(instances);
    const now = await readNow(open.catalog);
    expect(now).toMatchObject({ instances: 3, connections: 14, waiting: 60, capacity: 30 });
    expect(now.tenants).toMatchObject([
      {
        tenantId: acme.id,
        slug: 'acme',
        connections: 10,
        waiting: 60,
        noisySince: null,
        throttledTo: null,
        statements: [
          { shape: 'select * from orders where secret = ?', share: 1, running: 10, longestMs: 3_600_000 },
        ],
      },
      { slug: 'globex', connections: 4, statements: [{ shape: 'select ?', running: 3 }] },
    ]);
    // Five, one and nothing in each of two; in the third one, and one of the system.
    expect(now.tenants[0]?.share).toBeGreaterThan(0.5);
    expect(now.msPerSecondWithoutTenant).toBeGreaterThan(0);
    const { rows } = await open.catalog.query('select r::text as all from rowhouse.activity_reports r');
    expect(JSON.stringify(rows)).not.toMatch(/x0|secret = '|select secret|-- y/);
  });

  it('find a noisy neighbour and hold it back, tell of it once, and let it go when it is quiet', async () => {
    const instances = [instance({ limit: 2 }), instance({ limit: 2 }), instance({ limit: 2 })];
    instances.forEach(flood);
    await reportAll(instances);
    expect(await events()).toEqual([]);
    await letPass(5);
    await reportAll(instances);
    // Those that have reported before it was decided hear of it with their next report.
    await reportAll(instances);
    for (const { pools } of instances) expect(pools.throttled).toEqual(new Map([[acme.id, 2]]));
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'noisy',
      tenant_id: acme.id,
      actor: { type: 'service', id: 'metrics' },
      detail: {
        share: expect.closeTo(5 / 6),
        noisyConcurrency: 2,
        statements: [{ shape: 'select * from orders where secret = ?', share: 1 }],
      },
    });
    expect((await readNow(open.catalog)).tenants[0]).toMatchObject({
      slug: 'acme',
      noisySince: expect.any(Date),
      throttledTo: 2,
    });
    expect(await countNoisy(open.catalog)).toEqual({ noisy: 1, throttled: 1 });
    const { rows: audited } = await open.catalog.query(
      "select action, target, after from rowhouse.audit_entries where action = 'tenant.noisy'",
    );
    expect(audited).toEqual([{ action: 'tenant.noisy', target: 'acme', after: null }]);

    for (const { pools } of instances) pools.have({ [globex.id]: [1, 0] }, [[globex.id, 'select 1']]);
    await reportAll(instances);
    await reportAll(instances);
    await reportAll(instances);
    expect(instances[0]?.pools.throttled.size).toBe(1);
    await letPass(30);
    await reportAll(instances);
    await reportAll(instances);
    for (const { pools } of instances) expect(pools.throttled.size).toBe(0);
    expect((await events()).map(({ type }) => type)).toEqual(['noisy', 'quiet']);
    expect(await countNoisy(open.catalog)).toEqual({ noisy: 0, throttled: 0 });
  });

  it('hold nobody back whose limits do not say so', async () => {
    const instances = [instance(), instance()];
    instances.forEach(flood);
    await reportAll(instances);
    await letPass(5);
    await reportAll(instances);
    expect((await events()).map(({ type }) => type)).toEqual(['noisy']);
    for (const { pools } of instances) expect(pools.throttled.size).toBe(0);
    expect(await countNoisy(open.catalog)).toEqual({ noisy: 1, throttled: 0 });
  });
});

describe('an instance', () => {
  it('holds nobody back while the catalog is away, says so once, and goes on when it is back', async () => {
    let isAway = false;
    const catalog = {
      query: (...args: Parameters<Catalog['query']>) =>
        isAway ? Promise.reject(new Error('away')) : Reflect.apply(open.catalog.query, open.catalog, args),
    } as unknown as Pick<Catalog, 'query'>;
    const one = instance({ catalog, limit: 1 });
    flood(one);
    await one.watch.report();
    await letPass(5);
    await one.watch.report();
    expect(one.pools.throttled.size).toBe(1);
    isAway = true;
    await one.watch.report();
    expect(one.pools.throttled.size).toBe(0);
    expect(one.watch.failure).toEqual(new Error('away'));
    await one.watch.report();
    expect(onProblem).toHaveBeenCalledTimes(1);
    isAway = false;
    await one.watch.report();
    expect(one.watch.failure).toBeUndefined();
    expect(one.pools.throttled).toEqual(new Map([[acme.id, 1]]));
    expect((await events()).map(({ type }) => type)).toEqual(['noisy']);
  });

  it('leaves the catalog alone while it has nothing to do', async () => {
    const query = jest.fn(open.catalog.query);
    const one = instance({ catalog: { query } as unknown as Pick<Catalog, 'query'> });
    await one.watch.report();
    expect(query).toHaveBeenCalledTimes(1);
    await one.watch.report();
    await one.watch.report();
    expect(query).toHaveBeenCalledTimes(1);
    flood(one);
    await one.watch.report();
    expect(query.mock.calls.length).toBeGreaterThan(1);
  });

  it('is not in the sum when it was silent for some seconds, and is gone after a minute', async () => {
    const [gone, here] = [instance(), instance()];
    flood(gone);
    flood(here);
    await gone.watch.report();
    await open.catalog.query("update rowhouse.activity_reports set at = at - interval '10 seconds'");
    await here.watch.report();
    expect(await readNow(open.catalog)).toMatchObject({ instances: 1, waiting: 30 });
    await open.catalog.query(
      "update rowhouse.activity_reports set at = at - interval '90 seconds' where at < now() - interval '8 seconds'",
    );
    await here.watch.report();
    const { rows } = await open.catalog.query('select from rowhouse.activity_reports');
    expect(rows).toHaveLength(1);
  });

  it('tells nobody of a tenant that the catalog does not have, and holds it back all the same', async () => {
    const elsewhere = '00000000-0000-4000-8000-00000000000e';
    const pools = new Pools();
    const watch = new ActivityWatch({
      catalog: open.catalog,
      pools,
      thresholds: { share: 0.5, demand: 0.25 },
      noisyConcurrencyOf: async () => 1,
      onProblem,
    });
    pools.have({ [elsewhere]: [5, 30], [globex.id]: [1, 0] }, [
      [elsewhere, 'select 1'],
      [elsewhere, 'select 1'],
      [globex.id, 'select 1'],
    ]);
    await watch.report();
    await letPass(5);
    await watch.report();
    expect(pools.throttled).toEqual(new Map([[elsewhere, 1]]));
    expect(await events()).toEqual([]);
    expect(onProblem).not.toHaveBeenCalled();
  });
});

/** As Prometheus reads them. */
async function countNoisy(catalog: Catalog): Promise<{ noisy: number; throttled: number }> {
  const gauges = new DeploymentGauges(catalog);
  await gauges.read();
  const valueIn = (name: string) =>
    gauges.families.find((family) => family.name === name)?.samples[0]?.value ?? Number.NaN;
  return { noisy: valueIn('rowhouse_noisy_tenants'), throttled: valueIn('rowhouse_throttled_tenants') };
}
