import type { JobHandlerOptions } from '../worker/job-handler.js';
import { type JobMethod, TenantJob } from './tenant-job.decorator.js';

/** How {@link TenantCron} runs its method: as a job, see {@link JobHandlerOptions}. */
export interface TenantCronOptions extends Omit<JobHandlerOptions, 'cron'> {
  /**
   * The name of its jobs. It says which schedule this is, so one that changes begins anew. Default: `cron:`, the class and the method,
   * as in `cron:nightly-reports.build`.
   */
  readonly name?: string | undefined;
}

/**
 * Runs a method of a provider for each active tenant, in its context, at the times of a schedule with five fields:
 *
 *     @TenantCron('0 3 * * *', { timeZone: 'Europe/Vienna', jitterMs: 600_000 })
 *     async build({ tenant }: TenantJobRun<null>) { … }
 *
 * It is a {@link TenantJob} with `cron`, and needs {@link TenancyJobsModule}: of all processes one runs it for a tenant, and the last
 * time at which no process ran is made up for.
 *
 * @throws {OptionsInvalidError} when the schedule or an option is wrong.
 */
export function TenantCron(cron: string, { name, ...options }: TenantCronOptions = {}) {
  return <Method extends JobMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const jobName = name ?? `cron:${kebab(target.constructor.name)}.${kebab(String(key))}`;
    TenantJob(jobName, { ...options, cron })(target, key, descriptor);
  };
}

function kebab(name: string): string {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+/g) ?? [];
  return words.join('-').toLowerCase();
}
