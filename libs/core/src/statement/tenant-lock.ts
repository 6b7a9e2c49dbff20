/** A statement with its parameters, as `pg` and TypeORM take it. */
export interface TenantLockQuery {
  readonly text: string;
  readonly values: readonly string[];
}

/**
 * A key of 64 bits for the tenant of the pin and a text. Whoever may choose the text cannot choose the key: to meet
 * another's, SHA-256 would have to be inverted for 64 of its bits.
 */
const KEY = `('x' || pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.convert_to(
  pg_catalog.current_setting('rowhouse.tenant_id') || ':' || $1::pg_catalog.text, 'UTF8')), 1, 8), 'hex'))::pg_catalog.bit(64)::pg_catalog.int8`;

const WAIT = `select pg_catalog.pg_advisory_xact_lock(${KEY})`;
const TRY = `select pg_catalog.pg_try_advisory_xact_lock(${KEY}) as locked`;

/** The texts of {@link tenantLock} and {@link tryTenantLock}, which the guard knows by heart. */
export const TENANT_LOCK_TEXTS: ReadonlySet<string> = new Set([WAIT, TRY]);

/**
 * Waits for a lock that no other transaction of the tenant of the context has, and holds it until the transaction ends.
 * Other tenants may use the same key: each has its own lock. Needs `guard.allowAdvisoryLocks`.
 *
 * @example
 * await dataSource.transaction(async (manager) => {
 *   const { text, values } = tenantLock('invoice-numbers');
 *   await manager.query(text, [...values]);
 *   …
 * });
 */
export function tenantLock(key: string): TenantLockQuery {
  return { text: WAIT, values: [key] };
}

/** As {@link tenantLock}, without waiting: one row, whose column `locked` is false where another transaction has it. */
export function tryTenantLock(key: string): TenantLockQuery {
  return { text: TRY, values: [key] };
}
