import type { Tenant } from '@rowhouse/core';
import { ENQUEUE_IN_OUTBOX, NOTE_OUTBOX, OPEN_OUTBOX } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { QueryRunner } from 'typeorm';
import { JobRefusedError } from '../errors.js';
import { queryAsSystem } from '../query-as-system.js';

/** What {@link OPEN_OUTBOX} answers. */
interface OpenTransaction {
  readonly xid: string;
  readonly tenantId: string | null;
  readonly hasOutbox: boolean;
}

/**
 * Enqueues jobs with transactions of tenants whose home is in another database than the catalog, in the outbox there. The catalog is told first which
 * transaction it is, so that workers look for its jobs, whatever becomes of this process.
 */
export class OutboxEnqueuing {
  readonly #registry: DataSourceRegistry;
  /** The last transaction of each query runner that the catalog was told of. */
  readonly #noted = new WeakMap<QueryRunner, string>();

  constructor(registry: DataSourceRegistry) {
    this.#registry = registry;
  }

  /**
   * @param values - of the parameters of a job.
   * @returns the id of the job; `undefined` when the runner is in no transaction, and nothing was enqueued.
   * @throws {JobRefusedError} when the runner does not act for the tenant, or the database has no outbox, and none can be made.
   */
  async enqueue(
    runner: QueryRunner,
    tenant: Tenant,
    values: readonly unknown[],
  ): Promise<string | undefined> {
    const noted = this.#noted.get(runner);
    const known = noted && (await insert(runner, values, noted));
    if (known) return known;
    const isInTransaction = runner.isTransactionActive;
    const [found]: OpenTransaction[] = await runner.query(OPEN_OUTBOX);
    const { xid, tenantId, hasOutbox } = found as OpenTransaction;
    if (tenantId !== tenant.id)
      throw new JobRefusedError(`\`manager\` does not act for the tenant ${tenant.slug}, whose job it is.`);
    if (!hasOutbox) await this.#makeOutbox(tenant);
    await queryAsSystem(this.#registry, 'note jobs of tenants in other databases', NOTE_OUTBOX, [
      tenant.id,
      xid,
    ]);
    const made = await insert(runner, values, xid);
    if (made) this.#noted.set(runner, xid);
    else if (isInTransaction)
      throw new JobRefusedError(
        'The transaction of `manager` ended before the job was enqueued: wait for enqueue() before it does.',
      );
    return made ?? undefined;
  }

  async #makeOutbox(tenant: Tenant): Promise<void> {
    try {
      await this.#registry.homes.openOutbox(tenant);
    } catch (cause) {
      throw new JobRefusedError(
        `The database of the tenant ${tenant.slug} has no outbox for jobs yet, and the login of this process cannot make it: ` +
          '`rowhouse grants repair --all` does.',
        { cause },
      );
    }
  }
}

async function insert(runner: QueryRunner, values: readonly unknown[], xid: string): Promise<string | null> {
  const [row]: { id: string | null }[] = await runner.query(ENQUEUE_IN_OUTBOX, [...values, xid]);
  return row?.id ?? null;
}
