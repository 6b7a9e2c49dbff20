import type { Pool } from 'pg';

/** The server answers this itself, also through a pooler. */
export const BACKEND_PID = 'select pg_catalog.pg_backend_pid() as pid';

/**
 * Whether a pool's connections reach the server without a transaction pooler in between: a pooler invents process
 * ids of its own.
 */
export async function isDirect(pool: Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(BACKEND_PID);
    return rows[0]?.pid === (client as unknown as { processID: number | null }).processID;
  } finally {
    client.release();
  }
}
