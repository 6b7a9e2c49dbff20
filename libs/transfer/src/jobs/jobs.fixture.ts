import { type Tenant, TenantContext } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import { until } from '../../../../test/support/until.js';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { TenantJobs } from './tenant-jobs.js';
import type { JobHandler } from './worker/job-handler.js';
import { type JobProblem, TenantJobWorker, type TenantJobWorkerOptions } from './worker/tenant-job-worker.js';

const NOTES = migration('Notes1757000000001', [
  'create table notes (id bigserial primary key, text text)',
  `alter table notes add tenant_id uuid not null
     default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
  `create policy rowhouse_tenant on notes
     using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
  'alter table notes enable row level security, force row level security',
]);

/** Milliseconds: looks so often that specs need not wait, and leases that no busy machine outlasts. */
export const FAST = { pollMs: 20, leaseMs: 60_000, closeTimeoutMs: 10_000 };

/** Of the leases of specs that are about their end. */
export const SHORT_LEASE = { leaseMs: 600 };

/** A deployment whose owner is no superuser, with jobs and workers. */
export class JobsDeployment {
  readonly problems: JobProblem[] = [];
  readonly #workers: TenantJobWorker[] = [];
  readonly #opened: { close(): Promise<void> }[] = [];

  private constructor(
    readonly deployment: TransferDeployment,
    readonly fleet: Fleet,
    readonly jobs: TenantJobs,
  ) {}

  static async open(options: { readonly withPlacement?: boolean } = {}): Promise<JobsDeployment> {
    const deployment = await TransferDeployment.open(options);
    const fleet = await deployment.fleet([NOTES]);
    const { registry, catalog } = fleet.deployment;
    return new JobsDeployment(deployment, fleet, new TenantJobs({ registry, catalog }));
  }

  get registry(): DataSourceRegistry {
    return this.fleet.deployment.registry;
  }

  get catalog() {
    return this.deployment.catalog;
  }

  /** The same deployment, as an app sees it whose pins hold for the session. */
  async withSessionPins(): Promise<{ readonly jobs: TenantJobs; readonly registry: DataSourceRegistry }> {
    const tenancy = { ...this.deployment.tenancy, pin: 'session' as const };
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: this.deployment.database.loginUrl, poolSize: 4 },
      tenancy,
    );
    const registry = new DataSourceRegistry({
      ambient,
      directUrl: this.deployment.login.ownerUrl,
      tenancy,
    });
    this.#opened.push({
      async close() {
        await registry.close();
        await ambient.destroy();
      },
    });
    return { registry, jobs: new TenantJobs({ registry, catalog: this.catalog }) };
  }

  enqueue(tenant: Tenant, ...given: Parameters<TenantJobs['enqueue']>): Promise<string> {
    return TenantContext.run(tenant, () => this.jobs.enqueue(...given));
  }

  /** Starts a worker that is closed with the deployment. */
  async work(
    handlers: readonly JobHandler[],
    options: Partial<TenantJobWorkerOptions> = {},
  ): Promise<TenantJobWorker> {
    const onProblem = (problem: JobProblem) => void this.problems.push(problem);
    const worker = new TenantJobWorker({
      ...FAST,
      catalog: this.catalog,
      registry: this.registry,
      handlers,
      onProblem,
      ...options,
    });
    this.#workers.push(worker);
    await worker.start();
    return worker;
  }

  async stateOf(id: string): Promise<string> {
    return (await this.jobs.get(id)).state;
  }

  /** Waits until a job has this state. */
  untilState(id: string, state: string): Promise<void> {
    return until(async () => (await this.stateOf(id)) === state);
  }

  async count(condition = 'true'): Promise<number> {
    const { rows } = await this.catalog.query(
      `select count(*)::int as count from rowhouse.jobs where ${condition}`,
    );
    return rows[0].count;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
    for (const one of this.#opened) await one.close();
    await this.deployment.close();
  }
}
