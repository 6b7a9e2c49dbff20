import { RowhouseError } from '@rowhouse/core';

/** A cursor that was altered, or made for another tenant, another entity, another order or with another secret. */
export class CursorInvalidError extends RowhouseError {
  readonly code = 'CURSOR_INVALID';
  readonly status = 400;
  readonly detail = 'The cursor is not one of this listing. Begin again without it.';
  constructor() {
    super(
      'The cursor was not made for this tenant, entity and order, or not with any of the secrets in use. Clients send ' +
        '`nextCursor` of the page before, unchanged; a listing whose order has changed begins again without a cursor.',
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
