import { register } from 'node:module';

/**
 * Gives every suite a PostgreSQL to work on: the one that ROWHOUSE_TEST_URL names (a superuser's URL), else one of our own
 * that lives as long as the run, of the programs in ROWHOUSE_POSTGRES_BIN or those that npm brings.
 */
export default async function globalSetup() {
  if (process.env.ROWHOUSE_TEST_URL) return;
  register('./typescript-hooks.mjs', import.meta.url);
  const { startEmbeddedPostgres } = await import('../../libs/testing/src/embedded/embedded-postgres.ts');
  const server = await startEmbeddedPostgres({
    binDir: process.env.ROWHOUSE_POSTGRES_BIN,
    maxConnections: 300,
    settings: { max_locks_per_transaction: '256' },
  });
  globalThis.rowhouseTestServer = server;
  process.env.ROWHOUSE_TEST_URL = server.url;
}
