import 'reflect-metadata';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Catalog } from '@rowhouse/core';
import { PrometheusMetrics } from '@rowhouse/metrics';
import { MetricsCollector } from '../../libs/metrics/dist/collector/metrics-collector.js';
import { MetricsFlusher } from '../../libs/metrics/dist/flush/metrics-flusher.js';
import { serveTasks } from '../harness/serve-tasks.mjs';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Of the tenants, those that do something in a minute; in the first of each hour all do. */
const ACTIVE = 1 / 20;
const USERS = 3;
const SCRAPES_PER_HOUR = 5;

/** A day in which the clock runs as fast as flushes go: one for each minute. */
async function measure({ url, tenants, hours }) {
  const catalog = new Catalog({ url });
  await catalog.migrate();
  const { rows } = await catalog.query(
    `insert into rowhouse.tenants (id, slug, name)
       select gen_random_uuid(), 't' || lpad(n::text, 5, '0'), 'Tenant ' || n from generate_series(1, $1::int) n returning id, slug`,
    [tenants],
  );
  await catalog.query(
    `insert into rowhouse.metric_storage (tenant_id, table_bytes, index_bytes, toast_bytes)
       select id, 1000000, 500000, 10000 from rowhouse.tenants`,
  );
  // A whole hour, so that each has its minutes.
  const clock = { now: Math.floor(Date.now() / HOUR_MS) * HOUR_MS - hours * HOUR_MS };
  let user = 0;
  const collector = new MetricsCollector({
    slowStatementMs: 500,
    userOf: () => `user-${user++ % USERS}`,
    now: () => clock.now,
  });
  const flusher = new MetricsFlusher({ catalog, collector, flushMs: 60_000, onProblem: () => {} });
  const prometheus = new PrometheusMetrics(catalog);
  const act = (tenant) => {
    for (let n = 0; n < USERS; n += 1) {
      const durationMs = 1 + ((n * 37) % 300);
      collector.statement(tenant.id, { text: 'select 1', durationMs, rows: 20, failed: false });
      collector.ended({ tenant, status: n === 0 ? 404 : 200, durationMs: 2 * durationMs, request: {} });
    }
  };

  // Code and memory that are needed only once are not counted.
  for (const tenant of rows) act(tenant);
  await flusher.flush();
  await prometheus.text();
  const idleKb = await liveKb();
  const measured = { memory: { fullKb: [], emptyKb: [], awayKb: 0 }, flushes: [], scrapes: [] };

  for (let hour = 0; hour < hours; hour += 1) {
    for (let minute = 0; minute < 60; minute += 1) {
      clock.now += MINUTE_MS;
      if (minute > 0) {
        const count = Math.ceil(tenants * ACTIVE);
        for (let n = 0; n < count; n += 1) act(rows[(minute * count + n) % tenants]);
        await flusher.flush();
        continue;
      }
      for (const tenant of rows) act(tenant);
      measured.memory.fullKb.push((await liveKb()) - idleKb);
      measured.flushes.push(await timed(() => flusher.flush()));
      measured.memory.emptyKb.push((await liveKb()) - idleKb);
    }
    for (let n = 0; n < SCRAPES_PER_HOUR; n += 1) {
      let text = '';
      const times = await timed(async () => {
        text = await prometheus.text();
      });
      measured.scrapes.push({ ...times, bytes: Buffer.byteLength(text) });
    }
  }

  // Nothing can be flushed for two hours.
  for (let minute = 0; minute < 120; minute += 1) {
    clock.now += MINUTE_MS;
    for (const tenant of rows) act(tenant);
  }
  measured.memory.awayKb = (await liveKb()) - idleKb;
  const { rows: sizes } = await catalog.query(
    `select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class c
      where c.relnamespace = 'rowhouse'::regnamespace and c.relkind = 'r' and c.relname like 'metric%'`,
  );
  await catalog.close();
  return { ...measured, catalogBytes: sizes[0].bytes };
}

async function timed(work) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  return { ms, cpuMs: (user + system) / 1_000, stallMs: delay.max / 1e6 };
}

/** What live objects take, with the numbers of typed arrays. Finalizers release some only in the next collection. */
async function liveKb() {
  for (let pass = 0; pass < 3; pass += 1) {
    globalThis.gc();
    await pause(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_024;
}

serveTasks({ measure });
