import { RowhouseError } from '@rowhouse/core';

/** A cursor that was altered, or made for another tenant, another entity, another order or with another secret. */
export class CursorInvalidError extends RowhouseError {
  readonly code = 'CURSOR_INVALID';
  readonly status = 400;
  readonly detail = 'The cursor is not one of this listing. Begin again without it.';
  constructor() {
    super(
      'The cursor was not made for this tenant, entity and order, or not with any of the secrets in use. Clients send ' +
        '`nextCursor` of a page as `after`, or `previousCursor` as `before`, unchanged, and not both; a listing whose order has changed begins again without a cursor.',
    );
  }
}

/** A client asks for a page of no allowed size. */
export class PageLimitInvalidError extends RowhouseError {
  readonly code = 'PAGE_LIMIT_INVALID';
  readonly status = 400;
  readonly detail: string;
  constructor(maxLimit: number) {
    const text = `limit: expected a whole number from 1 to ${maxLimit}`;
    super(`${text}. See \`maxLimit\` of the Paginator.`);
    this.detail = text;
  }
}

/**
 * The tenant in force has no such row. Whether another tenant has one, nobody has looked.
 */
export class RowNotFoundError extends RowhouseError {
  readonly code = 'ROW_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'What was asked for does not exist.';
  /** @param entity - its name. */
  constructor(entity: string) {
    super(`The tenant in force has no such ${entity}, or it is soft-deleted.`);
  }
}

/** Somebody else has changed the row since it was read. Nothing was written. */
export class VersionConflictError extends RowhouseError {
  readonly code = 'VERSION_CONFLICT';
  readonly status = 409;
  readonly detail = 'Somebody else has changed this in the meantime. Read it again.';
  /** @param entity - its name. */
  constructor(entity: string, expectedVersion: unknown) {
    super(
      `The ${entity} no longer has the version ${String(expectedVersion)}. Nothing was written: read it again, make the change ` +
        'to what is there now, or let the user decide.',
    );
  }
}
