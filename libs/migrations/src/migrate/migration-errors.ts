import { sqlStateOf } from '@rowhouse/core/internal';
import { MigrationConflictError } from '../errors.js';

/** The home is not what the catalog said: it must be read again. */
export class HomeMovedOnError extends MigrationConflictError {
  constructor(label: string, cause?: unknown) {
    super(`The home of ${label} was migrated by somebody else meanwhile. Try again.`, cause);
  }
}

/** The error of `rowhouse.begin_change`: somebody has migrated the home meanwhile. */
export function isMovedOn(error: unknown): boolean {
  return sqlStateOf(error) === 'RH001';
}
