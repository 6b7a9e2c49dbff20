/** @suite prometheus */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { MetricsCollection, TenancyMetricsModule } from '@rowhouse/metrics';
import { HealthChecks, TenancyHealthModule } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { MetricsDeployment } from '../../libs/metrics/src/metrics.fixture.js';
import { ROOT } from '../../tools/workspace.mjs';
import { type PrometheusServer, promtool, startPrometheus } from '../support/prometheus.js';
import { until } from '../support/until.js';
import { dashboardQueries } from './dashboard.js';

const MONITORING = join(ROOT, 'monitoring');
const TOKEN = 'the-token-of-prometheus';

/** What these look at takes a day, or more than one release, or a server that is away: promtool shows them. */
const NOT_HERE = [
  'RowhouseMetricsAway',
  'RowhouseInstanceAway',
  'RowhouseMetricsStale',
  'RowhouseCatalogAway',
  'RowhouseListenerAway',
  'RowhouseLatency',
  'RowhousePoolWaits',
  'RowhouseStorageGrowth',
];

/** Checks of modules that this app has not. */
@Module({})
class TroubleModule {
  constructor(checks: HealthChecks) {
    for (const name of ['migrations', 'mail'])
      checks.add({ name, check: async () => ({ status: 'degraded' }) });
  }
}

@Module({
  imports: [
    TenancyHealthModule.forRoot(),
    TenancyMetricsModule.forRoot({
      flushMs: 100,
      slowStatementMs: 0,
      path: 'admin',
      auth: new OperatorAuth({ tokens: [{ token: () => TOKEN, role: 'viewer' }] }),
    }),
    TroubleModule,
  ],
})
class WatchedModule {}

it('promtool finds no fault in the config, the rules and their tests', async () => {
  await promtool('check', 'config', '--syntax-only', join(MONITORING, 'prometheus.yml'));
  await promtool('check', 'rules', join(MONITORING, 'rules/rowhouse.yml'));
  await promtool('test', 'rules', join(MONITORING, 'rules/rowhouse.test.yml'));
});

describe('a Prometheus that reads an app in trouble', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-monitoring-'));
  let open: MetricsDeployment;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    open = await MetricsDeployment.open();
    const [acme] = await open.tenants(['acme', 'globex']);
    const { app, url } = await open.start(
      { module: WatchedModule },
      {
        tenancy: { pool: { roles: open.roles, limits: { queue: 1 } } },
      },
    );
    await app.get(MetricsCollection).upkeep();
    await trouble(open, acme?.id as string);
    writeFileSync(join(folder, 'token'), TOKEN);
    prometheus = await startPrometheus(configFor(new URL(url).host, folder));
    await until(() => prometheus.hasScraped());

    const send = (path: string, tenant: string) =>
      fetch(`${url}/${path}`, { headers: { 'x-tenant-id': tenant } }).then((answer) => answer.text());
    // Rates need two looks at counters that grow in between.
    await until(async () => {
      await Promise.all([
        ...Array.from({ length: 3 }, () => send('broken', 'globex')),
        ...Array.from({ length: 12 }, () => send('hold/200', 'globex')),
        send('work/2', 'acme'),
      ]);
      const [grown] = await prometheus.query('sum(rate(rowhouse_pool_exhausted_total[1m])) > 0');
      const [scrapedTwice] = await prometheus.query('rate(rowhouse_tenant_lookups_total[1m])');
      return grown && scrapedTwice;
    });
  }, 120_000);
  afterAll(async () => {
    await prometheus?.close();
    await open?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has series for each panel of the dashboard', async () => {
    const empty: string[] = [];
    for (const { title, query } of dashboardQueries())
      if ((await prometheus.query(query)).length === 0) empty.push(`${title}: ${query}`);
    expect(empty).toEqual([]);
  });

  it('evaluates each alert, and finds the trouble', async () => {
    await until(async () => (await prometheus.rules()).every(({ health }) => health !== 'unknown'));
    const found: string[] = [];
    for (const { name, query, health, lastError } of await prometheus.rules()) {
      expect([name, health, lastError]).toEqual([name, 'ok', undefined]);
      if ((await prometheus.query(query)).length > 0) found.push(name);
    }
    const all = (await prometheus.rules()).map(({ name }) => name);
    expect(all.filter((name) => !found.includes(name) && !NOT_HERE.includes(name))).toEqual([]);
  });
});

/** The config of the repository, for an app elsewhere and without patience. */
function configFor(host: string, folder: string): string {
  const changes: ReadonlyArray<readonly [from: string, to: string]> = [
    ['scrape_interval: 15s', 'scrape_interval: 1s'],
    ['evaluation_interval: 15s', 'evaluation_interval: 1s'],
    ['scrape_timeout: 10s', 'scrape_timeout: 1s'],
    ['demo:3001', host],
    ['/etc/prometheus/token', join(folder, 'token')],
    ['rules/rowhouse.yml', join(MONITORING, 'rules/rowhouse.yml')],
  ];
  return changes.reduce(
    (config, [from, to]) => {
      if (!config.includes(from)) throw new Error(`The config has no ${from}.`);
      return config.replaceAll(from, to);
    },
    readFileSync(join(MONITORING, 'prometheus.yml'), 'utf8'),
  );
}

/** Writes to the catalog what goes wrong there. */
async function trouble({ catalog }: MetricsDeployment, tenantId: string): Promise<void> {
  const file = `insert into rowhouse.backup_files (id, tenant_id, storage_key, state, bytes, sha256, content, row_sums, proof_error)
    values ($1::uuid, $2, $1::uuid::text, 'whole', 1, '', '', '', $3)`;
  const [unproven, broken] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
  await catalog.query(file, [unproven, tenantId, null]);
  await catalog.query(file, [broken, tenantId, 'a table is missing']);
  await catalog.query(
    `insert into rowhouse.backups (id, tenant_id, slug, kind, state, file_id, taken_at, tables, row_count)
     values ($1, $2, 'acme', 'scheduled', 'complete', $1, now() - interval '3 days', 1, 1)`,
    [unproven, tenantId],
  );
  await catalog.query(
    `insert into rowhouse.backup_schedule (task, tenant_id, schedule, due_at, failures)
     values ($1::uuid::text, $1::uuid, '0 3 * * *', now() - interval '1 hour', 2), ('prove', null, '0 5 * * *', now() + interval '1 hour', 0)`,
    [tenantId],
  );
  await catalog.query(
    `insert into rowhouse.jobs (tenant_id, name, data, run_at) values ($1, 'mail', '{}', now() - interval '1 hour')`,
    [tenantId],
  );
  await catalog.query(
    `insert into rowhouse.jobs (tenant_id, name, data, state, ended_at)
     select $1, 'mail', '{}', 'failed', now() from generate_series(1, 11)`,
    [tenantId],
  );
  const { rows } = await catalog.query<{ id: string }>(
    `insert into rowhouse.webhooks (tenant_id, url, description, events) values ($1, 'https://example.com', '', '{}') returning id`,
    [tenantId],
  );
  await catalog.query(
    `insert into rowhouse.webhook_deliveries (webhook_id, type, status, attempts, next_attempt_at, ended_at)
     values ($1, 'tenant.updated', 'pending', 0, now() - interval '1 hour', null), ($1, 'tenant.updated', 'dead', 5, null, now())`,
    [rows[0]?.id],
  );
  // Times to come: the app finds nothing of it, and would forget it.
  await catalog.query(
    `insert into rowhouse.noisy_tenants (tenant_id, over_since, noisy_since, under_since, seen_at)
     values ($1, now(), now(), now() + interval '1 hour', now() + interval '1 hour')`,
    [tenantId],
  );
  // Whoever owns the trail can do so; it is found.
  await catalog.query(`alter table rowhouse.audit_head disable trigger user`);
  await catalog.query(`update rowhouse.audit_head set hash = sha256('')`);
}
