import { RowhouseError } from '@rowhouse/core';

/** What was asked for is in the processes that serve tenants, and this one serves none. */
export class NotInThisProcessError extends RowhouseError {
  readonly code = 'NOT_IN_THIS_PROCESS';
  readonly status = 404;
  readonly detail: string;
  constructor(what: string) {
    const detail = `This process has no ${what}. Ask a process that serves tenants.`;
    super(detail);
    this.detail = detail;
  }
}
