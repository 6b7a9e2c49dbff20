import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { type JobWorkOptions, workOptionsSchema } from '../worker/tenant-job-worker.js';

/** What {@link TenancyJobsModule} is given. */
export interface TenancyJobsModuleOptions extends JobWorkOptions {
  /**
   * Whether this process works on jobs, besides enqueuing them: it needs `directUrl` of `TenancyModule`, where the application's login
   * does not own the catalog. Default true.
   */
  readonly work?: boolean | undefined;
}

/** What a class for `useClass` and `useExisting` of {@link TenancyJobsModule.forRootAsync} must have. */
export interface TenancyJobsOptionsFactory {
  createTenancyJobsOptions(): TenancyJobsModuleOptions | Promise<TenancyJobsModuleOptions>;
}

/** Injection token of {@link JobsOptions}. */
export const JOBS_OPTIONS = Symbol('rowhouse.jobs-options');

const optionsSchema = workOptionsSchema.extend({ work: z.boolean().default(true) });

/** The options, checked, with every default filled in. */
export type JobsOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseJobsOptions(options: unknown): JobsOptions {
  return parseOptions('TenancyJobsModule', optionsSchema, options ?? {});
}
