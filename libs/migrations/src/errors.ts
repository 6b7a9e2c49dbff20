import { InternalError, RowhouseError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { failedStatementIn } from './recording/failed-statement.js';

/** A migration would change something outside the home that it runs for. Everything it did was rolled back. */
export class MigrationRefusedError extends InternalError {
  readonly code = 'MIGRATION_REFUSED';
}

/**
 * A migration failed. Its home is unchanged, unless the migration sets `transaction = false`. The message names the statement
 * that failed; where the migration has several, also its number, and the line of its text.
 */
export class MigrationFailedError extends InternalError {
  readonly code = 'MIGRATION_FAILED';

  constructor(
    readonly migration: string,
    cause: unknown,
  ) {
    const statement = failedStatementIn(cause);
    super(`${migration}: ${messageOf(cause)}${statement ? ` (${statement})` : ''}`, { cause });
  }
}

/** The current state of the run, or of the homes it would change, does not allow this operation. */
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

/** No tenant with this slug or id was purged, or it was by an earlier release. */
export class CertificateNotFoundError extends RowhouseError {
  readonly code = 'CERTIFICATE_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such certificate.';
  constructor() {
    super('No purge of a tenant with this slug or id is certified.');
  }
}

export class MigrationRunNotFoundError extends RowhouseError {
  readonly code = 'MIGRATION_RUN_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such run.';

  constructor() {
    super('The catalog has no migration run with this id.');
  }
}
