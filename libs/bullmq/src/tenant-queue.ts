import { TenantContext, TenantContextMissingError } from '@rowhouse/core';
import { EntryQueueRefusedError, type TenantMessages } from '@rowhouse/nestjs';
import type { Job, JobsOptions, Queue } from 'bullmq';

/** In the options of a job: the token that names its tenant. */
const TENANT_OPTION = 'rowhouse';

const known = new WeakSet<object>();

/**
 * A queue of BullMQ whose jobs belong to the tenant of the context in which they are added, for a {@link TenantProcessor}:
 *
 *     constructor(@InjectQueue('mails') queue: Queue, messages: TenantMessages) {
 *       this.mails = tenantQueue(queue, messages);
 *     }
 *
 * The data of jobs is left as it is. `add`, `addBulk` and `upsertJobScheduler` throw outside of a tenant
 * ({@link TenantContextMissingError}), and under an operator's entry, because the job would run outside of it.
 *
 * @returns the same queue.
 */
export function tenantQueue<Q extends Queue>(queue: Q, messages: TenantMessages): Q {
  if (known.has(queue)) return queue;
  known.add(queue);
  const plain: Queue = queue;
  const withTenant = (name: string, options: object | undefined) => {
    if (TenantContext.entry()) throw new EntryQueueRefusedError();
    const token = messages.sign(purposeOfJob(queue.name, name));
    if (token === undefined) throw new TenantContextMissingError('Adding a job to this queue');
    return { ...options, [TENANT_OPTION]: token } as JobsOptions;
  };
  const [add, addBulk] = [plain.add.bind(queue), plain.addBulk.bind(queue)];
  const upsertJobScheduler = plain.upsertJobScheduler.bind(queue);
  const ours: Pick<Queue, 'add' | 'addBulk' | 'upsertJobScheduler'> = {
    add: async (name, data, options) => add(name, data, withTenant(name, options)),
    addBulk: async (jobs) =>
      addBulk(jobs.map((job) => ({ ...job, opts: withTenant(job.name, job.opts) })) as typeof jobs),
    upsertJobScheduler: async (id, repeat, template = {}) =>
      upsertJobScheduler(id, repeat, {
        ...template,
        name: template.name ?? id,
        opts: withTenant(template.name ?? id, template.opts),
      }),
  };
  return Object.assign(queue, ours);
}

/** The token of a job, and what it is good for. */
export function tokenOfJob({ opts, queueName, name }: Job): [token: unknown, purpose: string] {
  return [(opts as Record<string, unknown>)[TENANT_OPTION], purposeOfJob(queueName, name)];
}

function purposeOfJob(queue: string, job: string): string {
  return `queue ${JSON.stringify([queue, job])}`;
}
