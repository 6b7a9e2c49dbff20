import { spawn } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.js';

/** A real PgBouncer in transaction mode, in front of the databases of one server. */
export interface PgBouncer {
  /** The URL of the database through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

const PLACES = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

function findProgram(): string {
  for (const place of PLACES) {
    const program = join(place, 'pgbouncer');
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {
      // The next place.
    }
  }
  throw new Error(
    'PgBouncer is not installed, and this suite needs the real one. Get it with: apt-get install pgbouncer (Debian), brew install pgbouncer (macOS).',
  );
}

/** PgBouncer refuses to run as root. */
function serviceAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('There is neither a user postgres nor a user nobody to run PgBouncer as.');
}

/** @param serverConnections - how many connections the pooler opens to the server. */
export async function startPgBouncer(databaseUrl: string, serverConnections: number): Promise<PgBouncer> {
  const program = findProgram();
  const account = serviceAccount();
  const target = new URL(databaseUrl);
  const database = target.pathname.slice(1);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-pgbouncer-'));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
    return file;
  };
  if (account) chownSync(folder, account.uid, account.gid);
  const password = decodeURIComponent(target.password);
  const users = write('users.txt', `"${target.username}" "${password}"\n`);
  const config = write(
    'pgbouncer.ini',
    `[databases]
${database} = host=${target.hostname} port=${target.port} dbname=${database} user=${target.username} password='${password}'
* = host=${target.hostname} port=${target.port} user=${target.username} password='${password}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
`,
  );
  const child = spawn(program, [config], { ...account, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (bytes) => {
    log = `${log}${bytes}`.slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const client = new pg.Client(url.href);
    try {
      await client.connect();
      await client.end();
      return { url: url.href, stop };
    } catch {
      if (child.exitCode !== null) break;
      await delay(50);
    }
  }
  await stop();
  throw new Error(`PgBouncer did not start. It said:\n${log}`);
}
