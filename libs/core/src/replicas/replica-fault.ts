import pg from 'pg';
import { ConnectionLostError, RowhouseError } from '../errors.js';

/**
 * SQLSTATEs of what may be right on the primary (manual, Appendix A): conflicts with what the standby replays (40001, 40P01), writes of a
 * SELECT (25006), what it does not have yet (databases, schemas, tables, columns, functions, roles, grants), what it has no room for, and
 * its end.
 */
const OF_THE_SERVER = /^(?:08|25|28|3D|3F|40|53|55|57|58|XX)/;
const NOT_THERE_YET = new Set(['22023', '42P01', '42501', '42703', '42704', '42883']);
/** query_canceled: by a time limit, or by who sent it. */
const CANCELLED = '57014';
/** The server ends the connection, or does not take it. */
const OUT_OF_SERVICE = /^(?:08|53|57P|58|XX)/;

/** Whether a statement that a replica has refused may succeed on the primary. A standby has done nothing for it. */
export function mayBeOfReplica(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error;
    return code !== CANCELLED && (OF_THE_SERVER.test(code) || NOT_THERE_YET.has(code));
  }
  return !(error instanceof RowhouseError) || error instanceof ConnectionLostError;
}

/** Whether an error says that the next read will fail as well. What ends a wait from outside (an aborted signal) says nothing of it. */
export function isOutOfService(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  if (error instanceof pg.DatabaseError) return OUT_OF_SERVICE.test(error.code ?? '');
  // Errors of the system have a code of letters: ECONNREFUSED.
  return (
    error instanceof ConnectionLostError || (typeof code === 'string' && !(error instanceof RowhouseError))
  );
}
