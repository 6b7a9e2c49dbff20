/** PostgreSQL's code for an error (manual, Appendix A), as it comes from pg or, wrapped, from TypeORM. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, driverError } = Object(error) as { code?: unknown; driverError?: { code?: unknown } };
  const state = driverError?.code ?? code;
  return typeof state === 'string' ? state : undefined;
}

/** lock_not_available, deadlock_detected, serialization_failure. */
const TRANSIENT_LOCK_ERRORS: ReadonlySet<string> = new Set(['55P03', '40P01', '40001']);

/** Whether another transaction was in the way, so that the same may succeed a moment later. */
export function isTransientLockError(error: unknown): boolean {
  return TRANSIENT_LOCK_ERRORS.has(sqlStateOf(error) ?? '');
}

/**
 * Whether a statement on roles or grants met another one at work on the same rows of the server's catalogs ("tuple
 * concurrently updated", XX000), or a lock.
 */
export function isTransientRoleError(error: unknown): boolean {
  return sqlStateOf(error) === 'XX000' || isTransientLockError(error);
}
