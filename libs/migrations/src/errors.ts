import { InternalError, RowhouseError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';

/** A migration does what would not stay in the home it is run for. Nothing of it was kept. */
export class MigrationRefusedError extends InternalError {
  readonly code = 'MIGRATION_REFUSED';
}

/** A migration failed. Its home is as it was before, but for migrations that are not transactional. */
export class MigrationFailedError extends InternalError {
  readonly code = 'MIGRATION_FAILED';

  constructor(
    readonly migration: string,
    cause: unknown,
  ) {
    super(`${migration}: ${messageOf(cause)}`, { cause });
  }
}

/** The state of a run, or of what it would change, does not allow this. */
export class MigrationConflictError extends RowhouseError {
  readonly code = 'MIGRATION_CONFLICT';
  readonly status = 409;
  readonly detail: string;

  /** @param detail - safe to show to operators over HTTP. */
  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.detail = detail;
  }
}

export class MigrationRunNotFoundError extends RowhouseError {
  readonly code = 'MIGRATION_RUN_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such run.';

  constructor() {
    super('The catalog knows no run of migrations by this id.');
  }
}
