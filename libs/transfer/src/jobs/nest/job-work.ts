import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { Catalog } from '@rowhouse/core';
import { counted, messageOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { UnhandledJobs } from '../job.js';
import { type JobProblem, TenantJobWorker } from '../worker/tenant-job-worker.js';
import { declaredJobs } from './declared-jobs.js';
import { JOBS_REGISTRY } from './jobs-registry.js';
import { JOBS_OPTIONS, type JobsOptions } from './tenancy-jobs-options.js';

/** Works on the jobs that the app's providers declare, for as long as the app runs. */
@Injectable()
export class JobWork implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('TenantJobs');
  #worker: TenantJobWorker | undefined;

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(Catalog) private readonly catalog: Catalog,
    @Inject(JOBS_REGISTRY) private readonly registry: DataSourceRegistry,
    @Inject(JOBS_OPTIONS) private readonly options: JobsOptions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { work, ...settings } = this.options;
    if (!work) return;
    this.#worker = new TenantJobWorker({
      ...settings,
      catalog: this.catalog,
      registry: this.registry,
      handlers: declaredJobs(this.discovery, this.scanner),
      onProblem: (problem) => this.#log(problem),
      onUnhandled: (jobs) => this.#warn(jobs),
      onDropped: (jobs) => this.#logger.log(`Dropped ${counted(jobs, 'job')} of purged tenants.`),
    });
    await this.#worker.start();
  }

  /** Before everything else is closed: handlers use it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#worker?.close();
  }

  #warn(jobs: readonly UnhandledJobs[]): void {
    for (const { name, waiting } of jobs)
      this.#logger.warn(
        `${counted(waiting, 'job')} under the name ${name} ${waiting === 1 ? 'waits' : 'wait'}, and no worker handles it. Is the name right, and the app with its handler running?`,
      );
  }

  /** What a job holds is not logged. */
  #log({ error, name, jobId, tenantId }: JobProblem): void {
    const reason = messageOf(error);
    if (tenantId === undefined)
      this.#logger.warn(`The catalog could not be asked for jobs, and is asked again: ${reason}`);
    else if (jobId === undefined)
      this.#logger.warn(
        `The jobs in the database of the tenant ${tenantId} cannot be moved to the catalog, which is tried again: ${reason}`,
      );
    else
      this.#logger.error(
        `The job ${jobId} (${name}) of the tenant ${tenantId} failed: ${reason}`,
        error instanceof Error ? error.stack : undefined,
      );
  }
}
