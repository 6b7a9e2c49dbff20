import { type InvalidField, type Problem, RowhouseError } from '@rowhouse/core';

/** What schemas report: zod's issues and those of the Standard Schema specification have this shape. */
export interface SchemaIssue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly message: string;
}

/** A part of a request is not what it should be; the answer lists the fields as `errors`. */
export class RequestInvalidError extends RowhouseError {
  readonly code = 'REQUEST_INVALID';
  readonly status = 400;
  readonly detail = 'The request is not valid.';

  constructor(readonly fields: readonly InvalidField[]) {
    super(fields.map(({ field, expected }) => `${field}: ${expected}`).join('; '));
  }

  /** @param part - names the whole in the answer, such as `body`: for issues that no field of it is to blame for. */
  static fromIssues(part: string, issues: readonly SchemaIssue[]): RequestInvalidError {
    return new RequestInvalidError(
      issues.map(({ path = [], message }) => ({ field: fieldAt(path) || part, expected: message })),
    );
  }

  override toProblem(): Problem & { readonly errors: readonly InvalidField[] } {
    return { ...super.toProblem(), errors: this.fields };
  }
}

/** The operators' token is missing or wrong. */
export class OperatorUnauthorizedError extends RowhouseError {
  readonly code = 'OPERATOR_UNAUTHORIZED';
  readonly status = 401;
  readonly detail = "These routes need the operators' token.";
  constructor() {
    super('The request has no bearer token, or another than the one that is configured.');
  }
}

/** The operator's role is less than the route needs. */
export class OperatorForbiddenError extends RowhouseError {
  readonly code = 'OPERATOR_FORBIDDEN';
  readonly status = 403;
  readonly detail: string;
  constructor(required: string) {
    super(`The operator's role is less than "${required}", which the route needs.`);
    this.detail = `This needs the role ${required}.`;
  }
}

/** Too many wrong tokens came from one address. */
export class TooManySignInsError extends RowhouseError {
  readonly code = 'TOO_MANY_SIGN_INS';
  readonly status = 429;
  readonly detail = 'Too many failed sign-ins. Try again later.';
  constructor() {
    super('Too many requests of this address had a wrong token within a minute.', { retryAfterSeconds: 60 });
  }
}

/** An `Idempotency-Key` came with one request before, and comes with another now. */
export class IdempotencyKeyReusedError extends RowhouseError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  readonly status = 422;
  readonly detail = 'This Idempotency-Key was sent with another request before.';
  constructor(cause?: unknown) {
    super('The Idempotency-Key stands for a request with another body. Send a new key.', { cause });
  }
}

/** The first request with this `Idempotency-Key` has not been answered yet. */
export class IdempotencyKeyInUseError extends RowhouseError {
  readonly code = 'IDEMPOTENCY_KEY_IN_USE';
  readonly status = 409;
  readonly detail = 'A request with this Idempotency-Key is still under way.';
  constructor() {
    super('A request with this Idempotency-Key is still under way. Send it again later.', {
      retryAfterSeconds: 1,
    });
  }
}

/** `If-Match` names another state of the resource than its present one. */
export class PreconditionFailedError extends RowhouseError {
  readonly code = 'PRECONDITION_FAILED';
  readonly status = 412;
  readonly detail = 'The resource has changed since it was read. Read it again.';
  constructor() {
    super('If-Match does not contain the present ETag of the resource.');
  }
}

/** A `Range` begins after the last byte of what is served. */
export class RangeNotSatisfiableError extends RowhouseError {
  readonly code = 'RANGE_NOT_SATISFIABLE';
  readonly status = 416;
  readonly detail = 'There are no such bytes.';
  constructor() {
    super('The range begins after the last byte.');
  }
}

/** The process begins no work any more. */
export class ShuttingDownError extends RowhouseError {
  readonly code = 'SHUTTING_DOWN';
  readonly status = 503;
  readonly detail = 'This process is shutting down. Try again.';
  constructor() {
    super('The application is shutting down, and begins no further background work.', {
      retryAfterSeconds: 1,
    });
  }
}

function fieldAt(path: NonNullable<SchemaIssue['path']>): string {
  return path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
}
