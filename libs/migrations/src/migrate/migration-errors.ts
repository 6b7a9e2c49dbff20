/** The home is not what the catalog said: read it again. */
export class HomeMovedOnError extends Error {}

/** A migration failed. Its home is as it was before, but for migrations that run alone. */
export class MigrationFailedError extends Error {
  constructor(
    readonly migration: string,
    cause: unknown,
  ) {
    super(`${migration}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'MigrationFailedError';
  }
}

/** PostgreSQL's code for an error (manual, Appendix A), as it comes from pg or from TypeORM. */
export function sqlState(error: unknown): string | undefined {
  const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
  return driverError?.code ?? code;
}

/** The error of `rowhouse.begin_change`: somebody has migrated the home meanwhile. */
export function isMovedOn(error: unknown): boolean {
  return sqlState(error) === 'RH001';
}

/** Somebody else held a lock for too long: it passes. */
export function isTransientLockError(error: unknown): boolean {
  return ['55P03', '40P01', '40001'].includes(sqlState(error) ?? '');
}
