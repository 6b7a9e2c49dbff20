import pg from 'pg';
import type { PlacementOptions } from '../pool-options.js';
import { withFields } from '../support/postgres-address.js';
import { sqlStateOf } from '../support/sql-state.js';
import { readAddress } from './placements.js';

/** invalid_catalog_name: the URL of a placement names its server, and its database need not be there. */
const NO_SUCH_DATABASE = '3D000';
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects to the server of a placement. @throws what pg throws when that fails. */
export async function reachPlacement({ url }: PlacementOptions, name: string): Promise<void> {
  const client = new pg.Client(
    withFields(await readAddress(url, name), {
      application_name: 'rowhouse-health',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    }),
  );
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    if (sqlStateOf(error) !== NO_SUCH_DATABASE) throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
