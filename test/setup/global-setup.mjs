import { register } from 'node:module';

/**
 * Gives every suite a PostgreSQL to work on: the one that ROWHOUSE_TEST_URL names (a superuser's URL), else an embedded
 * one that lives as long as the run.
 */
export default async function globalSetup() {
  if (process.env.ROWHOUSE_TEST_URL) return;
  register('./typescript-hooks.mjs', import.meta.url);
  const { startEmbeddedPostgres } = await import('../../libs/testing/src/embedded-postgres.ts');
  const server = await startEmbeddedPostgres({
    maxConnections: 300,
    settings: { max_locks_per_transaction: '256' },
  });
  globalThis.rowhouseTestServer = server;
  process.env.ROWHOUSE_TEST_URL = server.url;
}
