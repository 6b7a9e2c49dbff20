import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A database on the test server that nobody else uses. */
export interface TestDatabase {
  readonly name: string;
  /** Connects with the login of the server URL that it was made with (a superuser, with the embedded server). */
  readonly url: string;
  /** Connects as an ordinary login that owns nothing and is a member of no role yet, as an application's login should. */
  readonly loginUrl: string;
  /** Deletes it and its login, ending the connections that are still open. Calling it again does nothing. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** The database to clone, as made by {@link createTemplateDatabase}. Default: an empty database. */
  readonly template?: string;
  /** A superuser's URL. Default: the environment variable ROWHOUSE_TEST_URL, set by the suite's global set-up. */
  readonly serverUrl?: string;
}

/** Makes an empty database, or a clone of a template, under a name nobody else has. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = resolveServerUrl(options.serverUrl);
  const suffix = randomBytes(8).toString('hex');
  const [name, login, password] = [
    `rowhouse_test_${suffix}`,
    `app_${suffix}`,
    randomBytes(12).toString('hex'),
  ];
  await onServer(serverUrl, async (client) => {
    await createDatabase(client, name, options.template);
    await client.query(`create role ${login} login password '${password}'`);
  });
  const url = databaseUrl(serverUrl, name);
  return {
    name,
    url,
    loginUrl: Object.assign(new URL(url), { username: login, password }).href,
    drop: () =>
      onServer(serverUrl, async (client) => {
        await dropDatabase(client, name);
        await client.query(`drop role if exists ${login}`);
      }),
  };
}

/**
 * Builds a database once per server, for {@link createTestDatabase} to clone: cloning takes a fraction of the time of
 * running migrations and seeds again.
 *
 * Suites that run in parallel may all call it with the same name: one builds, the others wait for it. A build that
 * fails leaves nothing behind. An existing template is taken as it is; put a version into the name when it changes.
 *
 * @param build - fills the database at `url`, and closes its connections.
 * @returns the name.
 */
export async function createTemplateDatabase(
  name: string,
  build: (url: string) => Promise<void>,
  options: Pick<TestDatabaseOptions, 'serverUrl'> = {},
): Promise<string> {
  const serverUrl = resolveServerUrl(options.serverUrl);
  await onServer(serverUrl, async (client) => {
    // A session lock: it is released with the connection, whatever happens to this process.
    await client.query('select pg_advisory_lock($1)', [lockKeyOf(name)]);
    if (await databaseExists(client, name)) return;
    const draft = `${name.slice(0, 40)}_${randomBytes(8).toString('hex')}`;
    await createDatabase(client, draft);
    try {
      await build(databaseUrl(serverUrl, draft));
      await client.query(`alter database ${quote(draft)} rename to ${quote(name)}`);
    } catch (error) {
      await dropDatabase(client, draft);
      throw error;
    }
  });
  return name;
}

function resolveServerUrl(given: string | undefined): string {
  const url = given ?? process.env['ROWHOUSE_TEST_URL'];
  if (url) return url;
  throw new Error(
    'No PostgreSQL to test on: pass serverUrl, or set ROWHOUSE_TEST_URL, for example to the url of ' +
      "startEmbeddedPostgres() in the test runner's global set-up.",
  );
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Roles are the server's. All test databases count as one deployment, so that suites in parallel can use the same. */
const TEST_DEPLOYMENT = 'Rowhouse deployment rowhouse_test';

async function createDatabase(client: pg.Client, name: string, template?: string): Promise<void> {
  const source = template === undefined ? '' : ` template ${quote(template)}`;
  await client.query(`create database ${quote(name)}${source}`);
  await client.query(`comment on database ${quote(name)} is '${TEST_DEPLOYMENT}'`);
}

async function connectionsTo(client: pg.Client, name: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
    [name],
  );
  return rows[0]?.n ?? 0;
}

/** How long to wait for connections that are being closed. Ending them forcibly would raise an error in their pool. */
const GRACE_MS = 2_000;
const POLL_MS = 10;

async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  // In looks, not by the clock: while a machine stands still, nothing can be closed.
  for (let look = 0; look < GRACE_MS / POLL_MS && (await connectionsTo(client, name)) > 0; look += 1)
    await delay(POLL_MS);
  await client.query(`drop database if exists ${quote(name)} with (force)`);
}

async function databaseExists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** PostgreSQL cuts longer names short in silence (manual, 4.1.1), so that two names could mean one database. */
const MAX_NAME_BYTES = 63;

function quote(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > MAX_NAME_BYTES || name.includes('\0')) {
    throw new TypeError(
      `A database name has 1 to ${MAX_NAME_BYTES} bytes and no NUL; got ${JSON.stringify(name)}.`,
    );
  }
  return pg.escapeIdentifier(name);
}

/** Advisory locks are keyed by a signed 64-bit number. */
function lockKeyOf(name: string): string {
  return createHash('sha256').update(`rowhouse-template:${name}`).digest().readBigInt64BE().toString();
}
