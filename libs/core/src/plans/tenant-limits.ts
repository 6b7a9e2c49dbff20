import { z } from 'zod';

/** What one tenant may have of the pool. Left out, a limit is the default. */
export interface TenantLimits {
  /**
   * Connections at the same time. Default: as many as are free then, and at least 2. So one tenant alone has half of the
   * pool's `max` at most, and several who want all they can get leave a part free for the others.
   */
  readonly concurrency?: number;
  /**
   * Connections at the same time while the tenant is found to be a noisy neighbour (`TenancyMetricsModule`), which takes most of the
   * database's time while others need it. Default: as else.
   */
  readonly noisyConcurrency?: number;
  /** Requests waiting for a connection; one more is answered 503 at once. Default a hundred times `max`. */
  readonly queue?: number;
  /** PostgreSQL's `statement_timeout`, in milliseconds; 0 for none. Default: the login role's. */
  readonly statementTimeoutMs?: number;
  /** PostgreSQL's `idle_in_transaction_session_timeout`, in milliseconds; 0 for none. Default: the login role's. */
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * Connections a second that are closed because a lease left something on them: session state, a transaction, a statement
   * that was cancelled. Ten seconds' worth may come at once; then the tenant's next request waits. Default 10.
   */
  readonly discardsPerSecond?: number;
  /**
   * Bytes of the rows of one statement, as PostgreSQL sends them; more is an error, and closes the connection. What cursors
   * and streams read counts by the portion. Default: no limit.
   */
  readonly resultBytes?: number;
  /**
   * Statements that one connection keeps prepared for the tenant; 0 for none, so that PostgreSQL plans each anew, with its values. Default:
   * half of `pool.maxPreparedStatements`.
   */
  readonly preparedStatements?: number;
}

/** PostgreSQL takes no longer one. */
const MAX_TIMEOUT_MS = 2_147_483_647;

export const limitsShape = {
  concurrency: z.int().positive(),
  noisyConcurrency: z.int().positive(),
  queue: z.int().nonnegative(),
  statementTimeoutMs: z.int().nonnegative().max(MAX_TIMEOUT_MS),
  idleInTransactionTimeoutMs: z.int().nonnegative().max(MAX_TIMEOUT_MS),
  discardsPerSecond: z.number().positive(),
  resultBytes: z.int().positive(),
  preparedStatements: z.int().nonnegative(),
} satisfies { [Name in keyof Required<TenantLimits>]: z.ZodType };

export const LIMIT_NAMES = Object.keys(limitsShape) as readonly (keyof TenantLimits)[];

/** A field that it does not know is an error. */
export const limitsSchema = z.strictObject(limitsShape).partial();
