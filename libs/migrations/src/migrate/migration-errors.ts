import { isTransientLockError, sqlStateOf } from '@rowhouse/core/internal';
import { MigrationConflictError } from '../errors.js';

/** The home's history differs from the one that was expected, so it must be read again. */
export class HistoryChangedError extends MigrationConflictError {
  constructor(label: string, cause?: unknown) {
    super(`The home of ${label} was migrated by another process meanwhile. Try again.`, cause);
  }
}

/** Another process is changing the home; the same may succeed a moment later. */
export class HomeBusyError extends MigrationConflictError {
  constructor(label: string) {
    super(`The home of ${label} is being changed by another process. Try again.`);
  }
}

/** Whether the same may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  return error instanceof HomeBusyError || isTransientLockError(error);
}

/** Whether `rowhouse.begin_changes` raised the error: the home has another history than expected. */
export function isHistoryChanged(error: unknown): boolean {
  return sqlStateOf(error) === 'RH001';
}
