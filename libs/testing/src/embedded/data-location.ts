import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { canEnter, type ServiceAccount } from './service-account.js';

const REACHABLE_PARENTS = [tmpdir(), '/var/tmp', '/tmp'];

/** A data directory, and the account that its server runs as. */
export interface DataDirectory {
  readonly path: string;
  readonly account: ServiceAccount | undefined;
}

/** Makes a temporary directory in a place that `account` can reach. */
export async function temporaryDirectory(account: ServiceAccount | undefined): Promise<string> {
  const parent = await firstReachable(REACHABLE_PARENTS, account);
  const path = await mkdtemp(join(await realpath(parent), 'rowhouse-postgres-'));
  await giveTo(account, path);
  return path;
}

/**
 * Chooses the path of a lasting data directory. When `account` cannot reach the requested one (a checkout in root's own
 * home), it is a directory in /var/tmp, named by a hash of the requested path so that the next start finds it.
 */
export async function settleDataDirectory(
  requested: string,
  account: ServiceAccount | undefined,
): Promise<DataDirectory> {
  const wanted = resolve(requested);
  const parent = dirname(wanted);
  await mkdir(parent, { recursive: true });
  if (await canEnter(parent, account)) {
    const path = join(await realpath(parent), basename(wanted));
    return { path, account: await accountOfExisting(path, account) };
  }
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const path = join(await firstReachable(['/var/tmp', '/tmp'], account), `rowhouse-${hash}`);
  const stats = await lstat(path).catch(() => undefined);
  if (stats && stats.uid !== account?.uid) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_UNUSABLE',
      `The data for ${wanted} belongs in ${path}, which belongs to another user. Remove it, or name another data directory.`,
    );
  }
  return { path, account };
}

/**
 * Run by root, the server of a data directory that an ordinary user made runs as that user, who can use it afterwards.
 */
async function accountOfExisting(
  path: string,
  account: ServiceAccount | undefined,
): Promise<ServiceAccount | undefined> {
  if (!account?.differsFromCurrent) return account;
  const stats = await stat(join(path, 'PG_VERSION')).catch(() => undefined);
  if (!stats || stats.uid === 0) return account;
  return { uid: stats.uid, gid: stats.gid, differsFromCurrent: true };
}

async function firstReachable(
  parents: readonly string[],
  account: ServiceAccount | undefined,
): Promise<string> {
  if (!account) return tmpdir();
  for (const parent of parents) {
    if (await canEnter(parent, account).catch(() => false)) return parent;
  }
  throw new EmbeddedPostgresError(
    'DATA_DIR_UNUSABLE',
    `No temporary directory can be entered by the user that runs PostgreSQL (uid ${account.uid}): tried ${parents.join(', ')}.`,
  );
}

/** Makes `account` the owner of what root created for it. */
export async function giveTo(account: ServiceAccount | undefined, path: string): Promise<void> {
  if (account?.differsFromCurrent) await chown(path, account.uid, account.gid);
}
