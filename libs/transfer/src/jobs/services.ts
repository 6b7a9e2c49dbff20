// Jobs without Nest: for scripts, commands and other frameworks.

export { JobConflictError, JobNotFoundError, JobRefusedError, JobsNeedOwnerError } from './errors.js';
export {
  JOB_STATES,
  type JobCounts,
  type JobOptions,
  type JobRecord,
  type JobState,
  MAX_DATA_BYTES,
  type TenantJobRun,
  type UnhandledJobs,
} from './job.js';
export { JobLedger, type JobListOptions, type JobPage, type JobTenants } from './job-ledger.js';
export { type EnqueueOptions, TenantJobs, type TenantJobsOptions } from './tenant-jobs.js';
export type { JobHandler, JobHandlerOptions } from './worker/job-handler.js';
export { JobStoppedError, type StopReason } from './worker/running-jobs.js';
export {
  type JobProblem,
  type JobWorkOptions,
  TenantJobWorker,
  type TenantJobWorkerOptions,
} from './worker/tenant-job-worker.js';
