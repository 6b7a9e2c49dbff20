import pg from 'pg';
import { RouteWatch } from '../support/route-watch.js';

/** Runs `work` with a connection of its own. */
export async function asOwner<T>(
  config: pg.ClientConfig,
  work: (owner: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  const watch = new RouteWatch(() => [client]);
  watch.begin();
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
    watch.end();
  }
}
