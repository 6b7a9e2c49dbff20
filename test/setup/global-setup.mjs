import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { register } from 'node:module';

/** Linux keeps what is in here in memory. */
const IN_MEMORY = '/dev/shm';
/** More than the suites' databases ever take. */
const ROOM_BYTES = 4 * 2 ** 30;

/**
 * Gives every suite a PostgreSQL to work on (that of Citus, a cluster): the one that ROWHOUSE_TEST_URL names (a superuser's URL), else one of our own
 * that lives as long as the run, of the programs in ROWHOUSE_POSTGRES_BIN or those that npm brings.
 */
export default async function globalSetup() {
  if (process.env.SUITE?.split(' ').includes('s3')) globalThis.stopRowhouseS3Server = await startS3();
  if (process.env.ROWHOUSE_TEST_URL) return;
  const start = process.env.SUITE === 'citus' ? startCitus : startServer;
  const server = await withTemporaryFiles(await fastFolder(), start);
  globalThis.rowhouseTestServer = server;
  process.env.ROWHOUSE_TEST_URL = server.url;
}

async function startServer() {
  register('./typescript-hooks.mjs', import.meta.url);
  const { startEmbeddedPostgres } = await import('../../libs/testing/src/embedded/embedded-postgres.ts');
  return startEmbeddedPostgres({
    binDir: process.env.ROWHOUSE_POSTGRES_BIN,
    maxConnections: 300,
    // Statements of the catalogs look dear and are short: to compile one takes longer than to run it.
    settings: { max_locks_per_transaction: '256', max_wal_size: '256MB', jit: 'off' },
  });
}

async function startS3() {
  register('./typescript-hooks.mjs', import.meta.url);
  const { startS3ServerOfRun } = await import('../support/s3-server.ts');
  return startS3ServerOfRun();
}

async function startCitus() {
  register('./typescript-hooks.mjs', import.meta.url);
  const { startCitusCluster } = await import('../support/citus-cluster.ts');
  const cluster = await startCitusCluster(process.env.ROWHOUSE_CITUS_BIN);
  process.env.CITUS_URL = cluster.url;
  return cluster;
}

/** Making a database is making three hundred files, which may take ten times as long on a disk as in memory. */
async function fastFolder() {
  try {
    await access(IN_MEMORY, constants.W_OK);
    const { bavail, bsize } = await statfs(IN_MEMORY);
    return bavail * bsize > ROOM_BYTES ? IN_MEMORY : undefined;
  } catch {
    return undefined;
  }
}

/** Only for the work itself: what the suites write elsewhere is their own business. */
async function withTemporaryFiles(folder, work) {
  const before = process.env.TMPDIR;
  if (folder) process.env.TMPDIR = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
