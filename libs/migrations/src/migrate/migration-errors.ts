import { sqlStateOf } from '@rowhouse/core/internal';
import { MigrationConflictError } from '../errors.js';

/** The home's history differs from the one that was expected, so it must be read again. */
export class HistoryChangedError extends MigrationConflictError {
  constructor(label: string, cause?: unknown) {
    super(`The home of ${label} was migrated by another process meanwhile. Try again.`, cause);
  }
}

/** Whether `rowhouse.begin_change` raised the error: the home has another history than expected. */
export function isHistoryChanged(error: unknown): boolean {
  return sqlStateOf(error) === 'RH001';
}
