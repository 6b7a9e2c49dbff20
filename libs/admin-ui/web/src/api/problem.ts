import type { AdminSchemas } from '@rowhouse/client';

type Problem = AdminSchemas['schemas']['Problem'];

/** What the API refused; the status is 0 where no answer came. */
export class ApiProblem extends Error {
  constructor(
    readonly problem: Pick<Problem, 'status' | 'code' | 'detail' | 'errors'>,
    /** Stands in the audit trail and in the logs of the server. */
    readonly requestId: string,
  ) {
    super(problem.detail);
  }

  get status(): number {
    return this.problem.status;
  }
}

/** @returns whether somebody else has changed what a change was based on. */
export const isConflict = (error: unknown): boolean => error instanceof ApiProblem && error.status === 412;
export const isMissing = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;
