import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '@rowhouse/core';
import { TenantMetrics } from '@rowhouse/metrics';
import { MetricsDeployment } from '../../libs/metrics/src/metrics.fixture.js';
import { until } from '../support/until.js';
import { type CompiledSources, compileSources } from './compiled-sources.js';

let sources: CompiledSources;
let open: MetricsDeployment;
let tenants: readonly Tenant[];
let metrics: TenantMetrics;
const instances = new Set<Instance>();

beforeAll(async () => {
  sources = await compileSources();
  open = await MetricsDeployment.open();
  const names = (kind: string, count: number) => Array.from({ length: count }, (_, n) => `${kind}-${n}`);
  tenants = [
    ...(await open.tenants(names('schema', 5))),
    ...(await open.tenants(names('row', 24), 'row')),
    ...(await open.tenants(['own'], 'database')),
  ];
  metrics = new TenantMetrics(open.catalog);
});
afterAll(async () => {
  for (const instance of instances) await instance.kill();
  await open?.close();
  await sources?.remove();
});

/** A process of the app. */
class Instance {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  #errors = '';
  url = '';

  static async start(): Promise<Instance> {
    const instance = new Instance();
    instances.add(instance);
    instance.url = `http://127.0.0.1:${await instance.#line()}`;
    return instance;
  }

  private constructor() {
    const { ownerUrl, roles, database } = open;
    this.#process = spawn(process.execPath, [sources.worker.replace(/worker\.js$/, 'metrics-instance.js')], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        INSTANCE: JSON.stringify({ loginUrl: database.loginUrl, ownerUrl, roles }),
      },
    });
    this.#process.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
    this.#process.stdin?.on('error', () => {});
    this.#lines = createInterface(this.#process.stdout as NonNullable<ChildProcess['stdout']>);
  }

  /** Tenant n sends n + 1 requests with two statements of two rows, all tenants at once. */
  async load(): Promise<void> {
    await Promise.all(
      tenants.map(async ({ slug }, n) => {
        for (let i = 0; i <= n; i += 1) {
          const answer = await fetch(`${this.url}/work/2`, { headers: { 'x-tenant-id': slug } });
          await answer.text();
          expect(answer.status).toBe(200);
        }
      }),
    );
  }

  async flush(): Promise<void> {
    const flushed = this.#line();
    this.beginFlush();
    await flushed;
  }

  beginFlush(): void {
    this.#process.stdin?.write('\n');
  }

  async kill(): Promise<void> {
    instances.delete(this);
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await gone;
  }

  async #line(): Promise<string> {
    const gone = new AbortController();
    this.#process.once('close', () => gone.abort(new Error(`The instance has ended: ${this.#errors}`)));
    const [line] = await once(this.#lines, 'line', { signal: gone.signal }).catch(() => {
      throw gone.signal.reason;
    });
    return line;
  }
}

/** How often the load of one instance is in the sums of each tenant; it must be a whole number of times, in all of them. */
async function loadsSeen(): Promise<number[]> {
  const seen: number[] = [];
  for (const [n, tenant] of tenants.entries()) {
    const { ever, lastHour } = await metrics.of(tenant);
    const loads = ever.requests / (n + 1);
    expect(ever).toMatchObject({
      responses2xx: ever.requests,
      statements: 2 * ever.requests,
      failedStatements: 0,
      rows: 4 * ever.requests,
    });
    expect(lastHour.requests).toBe(ever.requests);
    seen.push(loads);
  }
  return seen;
}

const ALL = (30 * 31) / 2;

it('of three instances one is killed: what it counted since its last flush is lost, and nothing else', async () => {
  const [first, second, third] = await Promise.all([Instance.start(), Instance.start(), Instance.start()]);
  const all = [first, second, third];
  await Promise.all(all.map((instance) => instance.load()));
  await Promise.all(all.map((instance) => instance.flush()));
  expect(await loadsSeen()).toEqual(tenants.map(() => 3));

  await Promise.all(all.map((instance) => instance.load()));
  await third.kill();
  await Promise.all([first, second].map((instance) => instance.flush()));
  expect(await loadsSeen()).toEqual(tenants.map(() => 5));
  expect((await metrics.fleet()).ever).toMatchObject({
    requests: 5 * ALL,
    statements: 10 * ALL,
    rows: 20 * ALL,
  });
  expect(await metrics.top('requests', { limit: 3 })).toEqual(
    [29, 28, 27].map((n) => ({
      tenantId: tenants[n]?.id,
      slug: tenants[n]?.slug,
      value: 5 * (n + 1),
      share: (n + 1) / ALL,
    })),
  );
  await first.kill();
  await second.kill();
}, 180_000);

it('an instance that is killed while it flushes has flushed everything, or nothing', async () => {
  for (let round = 0; round < 3; round += 1) {
    const [before = 0] = await loadsSeen();
    const instance = await Instance.start();
    await instance.load();
    instance.beginFlush();
    await delay(Math.random() * 20);
    await instance.kill();
    // The server may still be at its last statement.
    await until(async () => {
      const { rows } = await open.catalog.query(
        `select from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
            and query ~ 'metric_flushes'`,
      );
      return rows.length === 0;
    });
    const [after = 0, ...others] = await loadsSeen();
    expect([before, before + 1]).toContain(after);
    expect(others).toEqual(others.map(() => after));
    expect((await metrics.fleet()).ever.requests).toBe(after * ALL);
  }
}, 180_000);
