import { RowhouseError } from '@rowhouse/core';

/** The tenant has no slow statement of this id; those that were not slow for 30 days are forgotten. */
export class SlowStatementNotFoundError extends RowhouseError {
  readonly code = 'SLOW_STATEMENT_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'The tenant has no such slow statement.';
  constructor() {
    super('The tenant has no slow statement with this id: see `slowStatements` of its metrics.');
  }
}

/** How a slow statement would be executed cannot be told. */
export class StatementNotExplainableError extends RowhouseError {
  readonly code = 'STATEMENT_NOT_EXPLAINABLE';
  readonly status = 422;
  readonly detail: string;

  /** @param detail - safe to show to operators. */
  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.detail = detail;
  }
}
