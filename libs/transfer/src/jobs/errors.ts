import { InternalError, RowhouseError, TenantContext } from '@rowhouse/core';

/** There is no job with this id: there never was, or its history was removed, or its tenant purged. */
export class JobNotFoundError extends RowhouseError {
  readonly code = 'JOB_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such job.';
  constructor() {
    super(
      'There is no job with this id. Jobs that have ended are removed after a time, and with their tenant.',
    );
  }
}

/** The state of a job does not allow the change. */
export class JobConflictError extends RowhouseError {
  readonly code = 'JOB_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  /** @param detail - safe to show to operators over HTTP. */
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** A job cannot be enqueued from here: by this transaction, connection or login. Nothing was enqueued. */
export class JobRefusedError extends InternalError {
  readonly code = 'JOB_REFUSED';
}

/** Jobs are to be worked on or changed by a login that does not own the catalog. */
export class JobsNeedOwnerError extends InternalError {
  readonly code = 'JOBS_NEED_OWNER';
  constructor(cause?: unknown) {
    super(
      'The catalog is reached by a login that does not own it, which can enqueue jobs, but neither work on them nor change them. Give TenancyModule ' +
        '`directUrl`, the URL of the login that owns the catalog, or set `work: false` of TenancyJobsModule in this process.',
      { cause },
    );
  }
}

/** Work under an entry stays in its tenant and ends with it. @throws {JobRefusedError} */
export function refuseUnderEntry(): void {
  if (!TenantContext.entry()) return;
  throw new JobRefusedError(
    "Under an operator's entry no job is enqueued or changed: it would run later, outside the entry. Nothing was changed.",
  );
}
