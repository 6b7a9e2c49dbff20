import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Fails at once when the port is taken, rather than after the database has been started for nothing.
 *
 * @throws an error with the code EADDRINUSE.
 */
export async function requireFreePort(port: number, host: string): Promise<void> {
  const probe = createServer().listen(port, host);
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}
