import { RowhouseError } from '@rowhouse/core';
import { InvalidFieldsError } from '../invalid-fields.js';

export class EntryNotFoundError extends RowhouseError {
  readonly code = 'ENTRY_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'The tenant has no such entry.';
  constructor() {
    super('The tenant has no entry of an operator with this id.');
  }
}

/** The tenant is not in a state in which it can be entered. */
export class EntryConflictError extends RowhouseError {
  readonly code = 'ENTRY_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

export class EntryInvalidError extends InvalidFieldsError {
  readonly code = 'ENTRY_INVALID';
}
