import { randomUUID } from 'node:crypto';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import pg from 'pg';
import { MetricsCollector } from '../collector/metrics-collector.js';
import { MetricsFlusher } from '../flush/metrics-flusher.js';
import { MetricsDeployment, type Platform } from '../metrics.fixture.js';
import { MetricsCollection } from '../nest/metrics-collection.js';
import { TenancyMetricsModule } from '../nest/tenancy-metrics.module.js';
import { PrometheusMetrics } from './prometheus-metrics.js';

const auth = new OperatorAuth({ tokens: [{ token: () => 'secret' }] });

let open: MetricsDeployment;
beforeEach(async () => {
  open = await MetricsDeployment.open();
});
afterEach(() => open.close());

/** The lines of one metric, by their labels. */
function samplesOf(text: string, name: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return new Map(
    lines.map((line) => [
      line.slice(name.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' '))),
    ]),
  );
}

const sum = (values: Iterable<number>) => [...values].reduce((all, value) => all + value, 0);

describe('the metrics for Prometheus', () => {
  it('are few for many tenants, and add up to all that was counted', async () => {
    const collector = new MetricsCollector({ slowStatementMs: 1_000, userOf: () => undefined });
    const { catalog } = open;
    const flusher = new MetricsFlusher({ catalog, collector, flushMs: 10_000, onProblem: () => {} });
    const ids = Array.from({ length: 200 }, () => randomUUID() as string);
    const observe = (id: string, durationMs: number) => {
      collector.statement(id, { text: 'select 1', durationMs, rows: 2, failed: false, begun: undefined });
      collector.ended({ tenant: { id } as never, status: 200, durationMs, request: { headers: {} } });
    };
    for (const [n, id] of ids.entries()) observe(id, n + 1);
    collector.statement('', { text: 'select 1', durationMs: 5, rows: 1, failed: true, begun: undefined });
    for (const isHit of [true, true, false]) collector.cacheRead('', isHit);
    await flusher.flush();

    const metrics = new PrometheusMetrics(open.catalog);
    const text = await metrics.text();
    const seconds = samplesOf(text, 'rowhouse_database_seconds_total');
    expect(seconds.size).toBe(22);
    expect(seconds.get(`{tenant="${ids[199]}"}`)).toBe(0.2);
    expect(seconds.get('{tenant="none"}')).toBe(0.005);
    expect(sum(seconds.values())).toBeCloseTo((200 * 201) / 2 / 1_000 + 0.005);
    expect(sum(samplesOf(text, 'rowhouse_rows_total').values())).toBe(401);
    expect(samplesOf(text, 'rowhouse_failed_statements_total').get('{tenant="none"}')).toBe(1);
    const cacheReads = samplesOf(text, 'rowhouse_query_cache_reads_total');
    expect(cacheReads.get('{tenant="none",result="hit"}')).toBe(2);
    expect(cacheReads.get('{tenant="none",result="miss"}')).toBe(1);
    expect(samplesOf(text, 'rowhouse_request_duration_seconds_count').get('')).toBe(200);
    const buckets = [...samplesOf(text, 'rowhouse_request_duration_seconds_bucket').values()];
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(buckets.at(-1)).toBe(200);

    // One that was small becomes the largest: its series begins at nothing, and none goes back.
    for (let n = 0; n < 10; n += 1) observe(ids[0] as string, 1_000);
    await flusher.flush();
    const later = samplesOf(await metrics.text(), 'rowhouse_database_seconds_total');
    expect(later.get(`{tenant="${ids[0]}"}`)).toBe(0);
    for (const [labels, value] of seconds) expect(later.get(labels)).toBeGreaterThanOrEqual(value);
    expect(sum(later.values())).toBeCloseTo(sum(seconds.values()) + 10);
    await flusher.close();
  });

  it.each<Platform>(['express', 'fastify'])('are served on %s to who may read them', async (platform) => {
    await open.tenants(['acme', 'other']);
    const { app, url } = await open.start(
      TenancyMetricsModule.forRoot({ flushMs: 60_000, path: 'admin', auth }),
      { platform },
    );
    for (const slug of ['acme', 'other'])
      await fetch(`${url}/work/2`, { headers: { 'x-tenant-id': slug } }).then((answer) => answer.text());
    await app.get(MetricsCollection).flush();
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer secret' } });
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const statements = samplesOf(await answer.text(), 'rowhouse_statements_total');
    expect(statements.get('{tenant="acme"}')).toBe(2);
    // A tenant of that name is shown by its id.
    expect(statements.get('{tenant="other"}')).toBe(0);
    expect(sum(statements.values())).toBe(4);
  });

  it('stand where the app wants them, or nowhere', async () => {
    const elsewhere = { flushMs: 60_000, path: 'admin', auth };
    const { url } = await open.start(
      TenancyMetricsModule.forRoot({ ...elsewhere, prometheusPath: 'internal/metrics' }),
    );
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/internal/metrics`)).status).toBe(401);
    const nowhere = await open.start(TenancyMetricsModule.forRoot({ ...elsewhere, prometheusPath: false }));
    expect((await fetch(`${nowhere.url}/metrics`)).status).toBe(404);
  });
});

describe('the gauges of the deployment', () => {
  const gauges = async () => {
    const text = await new PrometheusMetrics(open.catalog).text();
    return (name: string, labels = '') => samplesOf(text, `rowhouse_${name}`).get(labels);
  };

  it('are zero where nothing is wrong', async () => {
    await open.tenants(['acme', 'globex']);
    const of = await gauges();
    expect(of('tenants', '{status="active"}')).toBe(2);
    expect(of('audit_intact')).toBe(1);
    for (const name of [
      'instances',
      'jobs_due',
      'jobs_due_seconds',
      'jobs_failed_last_hour',
      'webhook_deliveries_retried',
      'webhook_deliveries_due_seconds',
      'webhook_deliveries_dead_last_hour',
      'backups_failing',
      'backups_late',
      'backups_broken',
      'backups_unproven_seconds',
    ])
      expect([name, of(name)]).toEqual([name, 0]);
  });

  it.each([
    ['an entry was changed', `update rowhouse.audit_entries set action = 'tenant.renamed' where seq = 2`],
    ['an entry was removed', 'delete from rowhouse.audit_entries where seq = 2'],
    ['the last entries were removed', 'delete from rowhouse.audit_entries where seq > 1'],
    ['all entries were removed', 'delete from rowhouse.audit_entries'],
    ['the head was set back', 'update rowhouse.audit_head set seq = seq - 1'],
  ])('show that %s', async (_, tampering) => {
    await open.tenants(['acme', 'globex']);
    expect((await gauges())('audit_intact')).toBe(1);
    const client = new pg.Client({ connectionString: open.database.url });
    await client.connect();
    await client.query('set session_replication_role = replica');
    await client.query(tampering);
    await client.end();
    expect((await gauges())('audit_intact')).toBe(0);
  });

  it('show that no entry is missing where old ones were dropped in good order', async () => {
    await open.tenants(['acme']);
    // As retention does: the chain goes on from a checkpoint.
    const client = new pg.Client({ connectionString: open.database.url });
    await client.connect();
    await client.query('set session_replication_role = replica');
    await client.query(
      'insert into rowhouse.audit_checkpoints (seq, hash, entries) select seq, hash, seq from rowhouse.audit_head',
    );
    await client.query('delete from rowhouse.audit_entries');
    await client.end();
    expect((await gauges())('audit_intact')).toBe(1);
  });
});
