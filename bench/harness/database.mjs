import { cpus } from 'node:os';
import pg from 'pg';

/**
 * For a comparison on one machine: nothing may start by itself in the middle of a cell (autovacuum, a timed
 * checkpoint), and ten thousand schemas must fit into one transaction's locks and into memory.
 */
const SETTINGS = {
  shared_buffers: '512MB',
  max_locks_per_transaction: '512',
  max_wal_size: '8GB',
  checkpoint_timeout: '1d',
  autovacuum: 'off',
  jit: 'off',
};

/**
 * A private database for one run, on the embedded PostgreSQL or on the server that DATABASE_URL names (as
 * superuser). It is dropped at the end.
 *
 * @param {object} options
 * @param {number} options.maxConnections the server must allow
 * @param {import('./clean-up.mjs').CleanUp} options.cleanUp
 * @param {(line: string) => void} options.log
 */
export async function openDatabase({ maxConnections, cleanUp, log }) {
  const { createTestDatabase, startEmbeddedPostgres } = await import('@rowhouse/testing');
  let serverUrl = process.env.DATABASE_URL;
  if (!serverUrl) {
    const server = await startEmbeddedPostgres({ maxConnections, settings: SETTINGS });
    cleanUp.add(() => server.stop());
    serverUrl = server.url;
  }
  const roles = [];
  // Roles outlive the database, and can only go when nothing is theirs any more.
  cleanUp.add(() => dropRoles(serverUrl, roles));
  const { url, name, drop } = await createTestDatabase({ serverUrl });
  cleanUp.add(drop);
  const admin = new pg.Pool({ connectionString: url, max: 3, application_name: 'bench harness' });
  admin.on('error', (error) => log(`the harness lost a connection: ${error.message}`));
  cleanUp.add(() => admin.end());

  const { rows } = await admin.query(
    "select current_setting('server_version') as version, current_setting('max_connections')::int as connections",
  );
  const [{ version, connections }] = rows;
  if (connections < maxConnections) {
    throw new Error(
      `This bench needs max_connections >= ${maxConnections}; the server of DATABASE_URL has ${connections}.`,
    );
  }
  log(`PostgreSQL ${version}, ${process.env.DATABASE_URL ? 'from DATABASE_URL' : 'embedded'}.`);
  return {
    url,
    name,
    admin,
    version,
    /** Makes a role that is dropped with the database. `attributes` is SQL. */
    async createRole(role, attributes) {
      await admin.query(`create role ${role} ${attributes}`);
      roles.push(role);
    },
  };
}

async function dropRoles(serverUrl, roles) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    for (const role of roles) await client.query(`drop role ${role}`);
  } finally {
    await client.end();
  }
}

/** What the figures were taken on; goes beside the raw measurements. */
export function describeEnvironment(database) {
  return {
    takenAt: new Date().toISOString(),
    node: process.version,
    postgresql: database.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
  };
}

/** Server connections of a role. */
export async function countConnections(admin, role) {
  const { rows } = await admin.query(
    'select count(*)::int as connections from pg_stat_activity where usename = $1',
    [role],
  );
  return rows[0].connections;
}
