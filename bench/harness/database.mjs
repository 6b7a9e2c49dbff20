import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import pg from 'pg';

/**
 * Server settings for comparisons: nothing starts by itself in the middle of a cell (autovacuum, a timed
 * checkpoint), and ten thousand schemas fit into the lock table and into memory.
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
    const server = await startEmbeddedPostgres({
      maxConnections,
      settings: SETTINGS,
      binDir: process.env.ROWHOUSE_POSTGRES_BIN,
    });
    cleanUp.add(() => server.stop());
    serverUrl = server.url;
  }
  const roles = [];
  const prefixes = [];
  const databases = [];
  const { url, name, drop } = await createTestDatabase({ serverUrl });
  // The embedded server is removed with all its data. Dropping ten thousand schemas first could take longer than a step may.
  if (process.env.DATABASE_URL) {
    // Roles belong to the server, and can only be dropped when they own nothing.
    cleanUp.add(() => dropRoles(serverUrl, roles, prefixes));
    cleanUp.add(drop);
    cleanUp.add(() => dropDatabases(serverUrl, databases));
  }
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
    createRole,
    /**
     * A login of its own for an app: all its connections can be told from others.
     *
     * @param {string} label lower case, `-` allowed
     * @param {{ connectionLimit?: number, superuser?: boolean }} [options] a limit is for an app that would take every
     *   connection there is
     * @returns {Promise<{ role: string, url: string }>}
     */
    async createLogin(label, { connectionLimit = -1, superuser = false } = {}) {
      const role = `${name}_${label.replaceAll('-', '_')}`;
      const password = randomBytes(12).toString('hex');
      const attributes = `login password '${password}' connection limit ${connectionLimit}`;
      await createRole(role, superuser ? `${attributes} superuser` : attributes);
      return { role, url: Object.assign(new URL(url), { username: role, password }).href };
    },
    /** A database that is dropped with this one. */
    dropsDatabase(database) {
      databases.push(database);
    },
    /** Roles whose names begin with the prefix are dropped with the database, too. */
    dropsRolesOf(prefix) {
      prefixes.push(prefix);
    },
  };

  async function createRole(role, attributes) {
    await admin.query(`create role ${role} ${attributes}`);
    roles.push(role);
  }
}

async function dropDatabases(serverUrl, databases) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    for (const database of databases) await client.query(`drop database if exists ${database} with (force)`);
  } finally {
    await client.end();
  }
}

/** Roles dropped in one transaction. */
const DROPPED_AT_ONCE = 500;

async function dropRoles(serverUrl, roles, prefixes) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      'select rolname from pg_roles r where exists (select from unnest($1::text[]) p where starts_with(rolname, p || $2))',
      [prefixes, '_'],
    );
    const all = [...rows.map(({ rolname }) => rolname), ...roles];
    for (let from = 0; from < all.length; from += DROPPED_AT_ONCE)
      await client.query(`drop role ${all.slice(from, from + DROPPED_AT_ONCE).join(', ')}`);
  } finally {
    await client.end();
  }
}

/** A description of the machine, stored with the raw measurements. */
export function describeEnvironment(database) {
  return {
    takenAt: new Date().toISOString(),
    node: process.version,
    postgresql: database.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
  };
}
