import { RowhouseError } from '@rowhouse/core';

export class OperationNotFoundError extends RowhouseError {
  readonly code = 'OPERATION_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such operation.';
  constructor() {
    super('The catalog has no operation with this id.');
  }
}

/** The state of an operation does not allow what was asked for. */
export class OperationConflictError extends RowhouseError {
  readonly code = 'OPERATION_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}
