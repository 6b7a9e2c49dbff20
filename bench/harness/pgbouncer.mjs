import { spawn } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const PLACES = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
const START_ATTEMPTS = 100;
const BETWEEN_ATTEMPTS_MS = 50;

/**
 * Starts a PgBouncer in transaction mode, in front of all databases of a server. It is stopped at the end.
 *
 * @param {object} options
 * @param {readonly string[]} options.urls one for each login that comes by the pooler; all of one server
 * @param {number} options.serverConnections at most, of each login to each database
 * @param {import('./clean-up.mjs').CleanUp} options.cleanUp
 * @returns {Promise<(url: string) => string>} makes the URL of a login one by way of the pooler.
 */
export async function startPgBouncer({ urls, serverConnections, cleanUp }) {
  const program = findProgram();
  const account = serviceAccount();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-bench-pgbouncer-'));
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name, text) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
    return file;
  };
  if (account) chownSync(folder, account.uid, account.gid);
  const logins = urls.map((url) => new URL(url));
  const users = logins.map(({ username, password }) => `"${username}" "${decodeURIComponent(password)}"\n`);
  const settings = settingsOf(logins[0], port, write('users.txt', users.join('')), serverConnections);
  const child = spawn(program, [write('pgbouncer.ini', settings)], {
    ...account,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  cleanUp.add(async () => {
    child.kill('SIGINT');
    await ended;
  });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said = `${said}${bytes}`.slice(-4_000);
  });
  const through = (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port }).href;
  for (let attempt = 0; attempt < START_ATTEMPTS && child.exitCode === null; attempt += 1) {
    if (await answers(through(urls[0]))) return through;
    await pause(BETWEEN_ATTEMPTS_MS);
  }
  throw new Error(`PgBouncer did not start. It said:\n${said}`);
}

function settingsOf({ hostname, port }, listenPort, users, serverConnections) {
  return `[databases]
* = host=${hostname} port=${port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 1000
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
`;
}

async function answers(url) {
  const client = new pg.Client(url);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

function findProgram() {
  const found = PLACES.map((place) => join(place, 'pgbouncer')).find(isProgram);
  if (!found) throw new Error('PgBouncer is not installed. Get it with: apt-get install pgbouncer (Debian).');
  return found;
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** PgBouncer refuses to run as root. */
function serviceAccount() {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find((fields) => fields[0] === name))
    .find(Boolean);
  if (!account) throw new Error('There is neither a user postgres nor a user nobody to run PgBouncer as.');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
