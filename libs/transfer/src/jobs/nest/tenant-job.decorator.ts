import { SetMetadata } from '@nestjs/common';
import { parseOptions } from '@rowhouse/core/internal';
import { jobNameSchema, type TenantJobRun } from '../job.js';
import { type JobHandlerOptions, parseHandlers } from '../worker/job-handler.js';

export const TENANT_JOB = 'rowhouse:tenant-job';

/** What {@link TenantJob} says of a method. */
export interface TenantJobDeclaration {
  readonly name: string;
  readonly options: JobHandlerOptions;
}

/** A method that takes a job, whatever its data. */
// biome-ignore lint/suspicious/noExplicitAny: the data is what was enqueued under the name, which only the app knows.
export type JobMethod = (job: TenantJobRun<any>) => unknown;

/**
 * Marks a method of a provider that runs the jobs of a name, each in the context of its tenant, at least once:
 *
 *     @TenantJob('send-invoice', { concurrencyPerTenant: 1 })
 *     async send({ data, signal }: TenantJobRun<{ order: string }>) { … }
 *
 * With `cron`, each active tenant gets a job at its times: `@TenantJob('nightly-report', { cron: '0 3 * * *' })`.
 *
 * @throws {OptionsInvalidError} when the name or an option is wrong.
 */
export function TenantJob(
  name: string,
  options: JobHandlerOptions = {},
): <Method extends JobMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void {
  parseHandlers([{ ...options, name: parseOptions('@TenantJob', jobNameSchema, name), handle: () => {} }]);
  return SetMetadata(TENANT_JOB, { name, options: { ...options } } satisfies TenantJobDeclaration);
}
