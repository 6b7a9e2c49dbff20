import {
  type Actor,
  type Catalog,
  type Tenant,
  TenantContext,
  TenantContextMissingError,
  TenantNotFoundError,
  type TenantQuotas,
} from '@rowhouse/core';
import { ENQUEUE_JOB, ENQUEUE_JOB_AS_SYSTEM, isElsewhere, sqlStateOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { EntityManager, QueryRunner } from 'typeorm';
import { JobNotFoundError, JobRefusedError, refuseUnderEntry } from './errors.js';
import type { JobCounts, JobOptions, JobRecord } from './job.js';
import { JobLedger, type JobListOptions, type JobPage, type JobTenants, jobValues } from './job-ledger.js';
import { findInOutbox } from './outbox/find-in-outbox.js';
import { OutboxEnqueuing } from './outbox/outbox-enqueuing.js';
import { queryAsSystem } from './query-as-system.js';

export interface TenantJobsOptions {
  readonly registry: DataSourceRegistry;
  /** For look-ups and changes, it must connect as the login that owns the catalog. The caller closes it. */
  readonly catalog: Catalog;
  /**
   * Where a plan has the quota `jobs`, a tenant that has as many jobs waiting enqueues no more. Those of transactions that have not
   * committed are not counted.
   */
  readonly quotas?: TenantQuotas | undefined;
}

/** The quota of plans that waiting jobs count in. */
const QUOTA = 'jobs';

export interface EnqueueOptions extends JobOptions {
  /**
   * The transaction that the job belongs to: it is enqueued when that commits, and never if it is rolled back. Default: the job is
   * enqueued at once.
   */
  readonly manager?: EntityManager | QueryRunner | undefined;
}

/**
 * Durable jobs of tenants. A job is a name with data, and belongs to the tenant of the context in which it was enqueued; its handler
 * runs in that tenant's context, at least once.
 *
 *     await jobs.enqueue('send-invoice', { order: order.id }, { manager });
 */
export class TenantJobs {
  readonly #registry: DataSourceRegistry;
  readonly #ledger: JobLedger;
  readonly #outbox: OutboxEnqueuing;
  readonly #quotas: TenantQuotas | undefined;

  constructor({ registry, catalog, quotas }: TenantJobsOptions) {
    this.#registry = registry;
    this.#quotas = quotas;
    this.#ledger = new JobLedger(catalog);
    this.#outbox = new OutboxEnqueuing(registry);
  }

  /**
   * Enqueues a job for the tenant of the context. The application's login may; the tenant's own role may do nothing else with jobs.
   *
   * @param data - JSON of at most 256 KiB. It is stored in the catalog.
   * @returns the id of the job, or of the one that is waiting with the same `singletonKey`. With a transaction of a tenant whose home is
   *   in another database than the catalog, it is the id that the job gets when a worker moves it to the catalog, after the commit.
   * @throws {TenantContextMissingError} outside a tenant's context.
   * @throws {OptionsInvalidError} naming what is wrong of the name, the data or the options.
   * @throws {TenantNotFoundError} when the catalog does not have the tenant.
   * @throws {QuotaExceededError} when the tenant has as many jobs waiting as it may.
   * @throws {JobRefusedError} under an operator's entry; with a `manager` of another tenant.
   */
  async enqueue(name: string, data: unknown, { manager, ...options }: EnqueueOptions = {}): Promise<string> {
    const tenant = TenantContext.get();
    if (!tenant) throw new TenantContextMissingError('Enqueuing a job');
    refuseUnderEntry();
    const values = [tenant.id, ...jobValues('jobs.enqueue', name, data, options)];
    await this.#requireRoom(tenant);
    try {
      if (!isElsewhere(tenant))
        return idOf(await (manager ?? this.#registry.for(tenant)).query(ENQUEUE_JOB, values));
      const runner = manager && runnerOf(manager);
      const id = runner && (await this.#outbox.enqueue(runner, tenant, values));
      if (id) return id;
      const reason = 'enqueue jobs of tenants in other databases';
      return idOf(await queryAsSystem(this.#registry, reason, ENQUEUE_JOB_AS_SYSTEM, values));
    } catch (error) {
      throw explained(error);
    }
  }

  async #requireRoom(tenant: Tenant): Promise<void> {
    if (!this.#quotas?.has(QUOTA) || this.#quotas.limitOf(QUOTA) === Number.POSITIVE_INFINITY) return;
    this.#quotas.requireRoom(QUOTA, await this.#ledger.waitingOf(tenant.id));
  }

  /** @see JobLedger.enqueueForEach */
  enqueueForEach(tenants: JobTenants, name: string, data: unknown, options?: JobOptions): Promise<number> {
    return this.#ledger.enqueueForEach(tenants, name, data, options);
  }

  /**
   * A job with its data. In the context of a tenant in another database, jobs of its transactions are found, too, that were not
   * moved to the catalog yet; `createdAt` is set when they are.
   *
   * @throws {JobNotFoundError}
   */
  async get(id: string): Promise<JobRecord & { readonly data: unknown }> {
    try {
      return await this.#ledger.get(id);
    } catch (error) {
      const tenant = TenantContext.get();
      const hasOutbox = tenant && isElsewhere(tenant) && !TenantContext.entry();
      if (!hasOutbox || !(error instanceof JobNotFoundError)) throw error;
      // It may be moved between two looks.
      return (await findInOutbox(this.#registry, tenant, id)) ?? this.#ledger.get(id);
    }
  }

  /** @see JobLedger.list */
  list(options?: JobListOptions): Promise<JobPage> {
    return this.#ledger.list(options);
  }

  /** @see JobLedger.counts */
  counts(options?: Pick<JobListOptions, 'tenant'>): Promise<readonly JobCounts[]> {
    return this.#ledger.counts(options);
  }

  /** @see JobLedger.cancel */
  cancel(id: string, control?: { readonly by?: Actor }): Promise<JobRecord> {
    return this.#ledger.cancel(id, control);
  }

  /** @see JobLedger.retry */
  retry(id: string, control?: { readonly by?: Actor }): Promise<JobRecord> {
    return this.#ledger.retry(id, control);
  }
}

/** A manager without a query runner is in no transaction: each of its statements has one of its own. */
function runnerOf(manager: EntityManager | QueryRunner): QueryRunner | undefined {
  return 'startTransaction' in manager ? manager : manager.queryRunner;
}

function idOf(rows: readonly { id: string }[]): string {
  return rows[0]?.id as string;
}

/** PostgreSQL's refusals, in words; other errors as they are. */
function explained(error: unknown): unknown {
  switch (sqlStateOf(error)) {
    case 'P0002':
      return new TenantNotFoundError();
    case '42501':
      return new JobRefusedError(
        'PostgreSQL refused the job. Is `manager` that of another tenant, or of a data source that is not Rowhouse’s? If not, the ' +
          "tenants' roles lack the grants: `rowhouse grants repair --all` gives them.",
        { cause: error },
      );
    // invalid_schema_name, undefined_function: there is no such function in the database of the manager.
    case '3F000':
    case '42883':
      return new JobRefusedError(
        'The database of the transaction has no jobs: the catalog is in another one, or is not migrated. Leave out `manager`.',
        { cause: error },
      );
    default:
      return error;
  }
}
