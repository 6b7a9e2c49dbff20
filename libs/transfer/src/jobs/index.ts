export { TenancyJobsModule } from './nest/tenancy-jobs.module.js';
export type { TenancyJobsModuleOptions, TenancyJobsOptionsFactory } from './nest/tenancy-jobs-options.js';
export { TenantCron, type TenantCronOptions } from './nest/tenant-cron.decorator.js';
export { TenantJob } from './nest/tenant-job.decorator.js';
export * from './services.js';
