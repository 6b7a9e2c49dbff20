import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type DataDirectory, giveTo } from './data-location.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isAlive } from './postmaster.js';
import { serverEnvironment } from './server-environment.js';
import { credentialsOf, type ServiceAccount } from './service-account.js';
import { ignoring } from './system-error.js';

/** The superuser that initdb creates. */
export const SUPERUSER = 'postgres';
/** In the data directory, readable by its owner only. PostgreSQL ignores unknown files there. */
const PASSWORD_FILE = 'rowhouse.password';

/**
 * Makes the data directory unless it exists, and returns the superuser's password.
 *
 * initdb works in a draft directory beside it, which is renamed when it is complete. If the process is killed half-way,
 * the next start finds either nothing or a complete data directory.
 *
 * @param durable - false skips initdb's flush to disk.
 */
export async function initialise(
  initdb: string,
  directory: DataDirectory,
  durable: boolean,
): Promise<string> {
  const existing = await entriesOf(directory.path);
  if (existing.includes('PG_VERSION')) return readPassword(directory.path);
  if (existing.length > 0) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_UNUSABLE',
      `${directory.path} holds files but no PostgreSQL data. Name an empty or a new directory.`,
    );
  }
  await removeAbandonedDrafts(directory.path);
  const draft = await mkdtemp(`${directory.path}.init-${process.pid}-`);
  try {
    const password = await runInitdb(initdb, draft, directory.account, durable);
    await moveIntoPlace(join(draft, 'data'), directory.path);
    return password;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function entriesOf(path: string): Promise<string[]> {
  try {
    return (await readdir(path).catch(ignoring('ENOENT'))) ?? [];
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_UNUSABLE',
      `${path} cannot be read by this user. Name another directory, or start as the user who made it.`,
      cause,
    );
  }
}

async function readPassword(path: string): Promise<string> {
  try {
    return await readFile(join(path, PASSWORD_FILE), 'utf8');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_UNUSABLE',
      `${path} holds a PostgreSQL data directory that was not made here, or that this user may not read. ` +
        'Name another directory, or start as the user who made it.',
      cause,
    );
  }
}

/**
 * The built-in provider sorts and folds the same way on every machine, whatever locales it has. It came with version
 * 17.
 */
async function localeProvider(
  initdb: string,
  directory: string,
  account: ServiceAccount | undefined,
): Promise<string[]> {
  const { output } = await run(initdb, ['--version'], directory, account);
  const [, major] = /\) (\d+)/.exec(output) ?? [];
  return Number(major) < 17 ? [] : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
}

async function runInitdb(
  initdb: string,
  draft: string,
  account: ServiceAccount | undefined,
  durable: boolean,
): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(draft, 'password');
  const data = join(draft, 'data');
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
  await giveTo(account, passwordFile);
  await giveTo(account, draft);
  const args = ['-D', data, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  args.push('-E', 'UTF8', '--locale=C', ...(await localeProvider(initdb, draft, account)));
  args.push('--no-instructions', ...(durable ? [] : ['--no-sync']));
  const { code, output } = await run(initdb, args, draft, account);
  if (code !== 0) {
    throw new EmbeddedPostgresError(
      'INITDB_FAILED',
      `initdb could not make the data directory (exit ${code}). It said:\n${output.trim()}`,
    );
  }
  await rename(passwordFile, join(data, PASSWORD_FILE));
  return password;
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  account: ServiceAccount | undefined,
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: serverEnvironment(cwd),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...credentialsOf(account),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', (error) => resolve({ code: 'not started', output: error.message }));
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 'unknown', output }));
  });
}

async function moveIntoPlace(data: string, path: string): Promise<void> {
  try {
    await rmdir(path).catch(ignoring('ENOENT'));
    await rename(data, path);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_UNUSABLE',
      `${path} cannot be put in place: another process uses it, or it is a mount point. Name a directory inside it.`,
      cause,
    );
  }
}

async function removeAbandonedDrafts(path: string): Promise<void> {
  const prefix = `${basename(path)}.init-`;
  for (const entry of await readdir(dirname(path))) {
    if (!entry.startsWith(prefix)) continue;
    const pid = Number.parseInt(entry.slice(prefix.length), 10);
    if (isAlive(pid)) continue;
    // Its initdb may have outlived the process that started it, and still be writing.
    await rm(join(dirname(path), entry), { recursive: true, force: true, maxRetries: 10 });
  }
}
