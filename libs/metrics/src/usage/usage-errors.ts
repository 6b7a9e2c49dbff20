import { RowhouseError } from '@rowhouse/core';

/** The app counts for a meter that it has not declared. */
export class UsageMeterUnknownError extends RowhouseError {
  readonly code = 'USAGE_METER_UNKNOWN';
  readonly status = 500;
  readonly detail = 'The application counts something that it has not declared.';
  constructor(meter: string) {
    super(
      `There is no meter "${meter}". Declare it: TenancyMetricsModule.forRoot({ usage: { meters: { ${meter}: 'its unit' } } }).`,
    );
  }
}

/** A month cannot be closed now. */
export class UsageCloseConflictError extends RowhouseError {
  readonly code = 'USAGE_CLOSE_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** A month is not closed. */
export class UsageCloseNotFoundError extends RowhouseError {
  readonly code = 'USAGE_CLOSE_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'This month is not closed.';
  constructor(month: string) {
    super(`The month ${JSON.stringify(month)} is not closed. Close it by \`rowhouse usage close\`.`);
  }
}

/** A receiver of usage did not take it. It is sent again. */
export class UsageSinkError extends RowhouseError {
  readonly code = 'USAGE_SINK_FAILED';
  readonly status = 502;
  readonly detail = 'A receiver of usage did not take it.';
  /** `Retry-After` of its answer. */
  readonly retryAfter: string | undefined;
  constructor(
    message: string,
    options: { readonly retryAfter?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}
