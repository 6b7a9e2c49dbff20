import { type InvalidField, RowhouseError } from '@rowhouse/core';

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

export class EntryInvalidError extends RowhouseError {
  readonly code = 'ENTRY_INVALID';
  readonly status = 400;
  readonly detail: string;
  constructor(readonly fields: readonly InvalidField[]) {
    const detail = fields.map(({ field, expected }) => `${field}: ${expected}`).join('; ');
    super(`An entry cannot have this: ${detail}`);
    this.detail = detail;
  }
}
