import pg from 'pg';
import { withFields } from '../support/postgres-address.js';

/** How long a login may take to connect, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(
    withFields({ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, application_name: 'rowhouse-doctor' }, config),
  );
  // An idle connection that breaks is replaced when the next one is needed.
  pool.on('error', () => {});
  return pool;
}
