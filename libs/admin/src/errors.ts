import { RowhouseError } from '@rowhouse/core';
import { InvalidFieldsError } from './invalid-fields.js';

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

export class ApiKeyNotFoundError extends RowhouseError {
  readonly code = 'API_KEY_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'The tenant has no such API key.';
  constructor() {
    super('The tenant has no API key with this id.');
  }
}

/** The state of an API key does not allow what was asked for. */
export class ApiKeyConflictError extends RowhouseError {
  readonly code = 'API_KEY_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** What an API key is to be made of, or changed to, is not what a key has. */
export class ApiKeyInvalidError extends InvalidFieldsError {
  readonly code = 'API_KEY_INVALID';
}
