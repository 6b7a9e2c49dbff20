import type { SpawnOptions } from 'node:child_process';
import type { Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The operating-system user PostgreSQL runs as. For root it is another user, because PostgreSQL refuses to run as root.
 */
export interface ServiceAccount {
  readonly uid: number;
  readonly gid: number;
  /** True when processes must be started under another user than the current one. */
  readonly differsFromCurrent: boolean;
}

const ROOT = 0;
/** The kernel's overflow user: unprivileged on every Unix, with or without an entry in the user list. */
const OVERFLOW_ID = 65_534;

/** `undefined` on Windows, which has no numeric users. */
export async function chooseServiceAccount(): Promise<ServiceAccount | undefined> {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) return undefined;
  if (uid !== ROOT) return { uid, gid, differsFromCurrent: false };
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const found = entryOf(passwd, 'postgres') ??
    entryOf(passwd, 'nobody') ?? { uid: OVERFLOW_ID, gid: OVERFLOW_ID };
  return { ...found, differsFromCurrent: true };
}

function entryOf(passwd: string, name: string): { uid: number; gid: number } | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  if (!Number.isInteger(uid) || !Number.isInteger(gid) || uid === ROOT) return undefined;
  return { uid, gid };
}

/** The options of `spawn` that run a program as `account`. */
export function credentialsOf(account: ServiceAccount | undefined): Pick<SpawnOptions, 'uid' | 'gid'> {
  return account?.differsFromCurrent ? { uid: account.uid, gid: account.gid } : {};
}

/**
 * Whether `account` may enter `directory` and every directory above it.
 *
 * Root's own home has mode 0700 on most systems, so a checkout there fails this for any other user.
 */
export async function canEnter(directory: string, account: ServiceAccount | undefined): Promise<boolean> {
  if (!account?.differsFromCurrent) return true;
  let at = await realpath(directory);
  while (maySearch(await stat(at), account)) {
    const parent = dirname(at);
    if (parent === at) return true;
    at = parent;
  }
  return false;
}

function maySearch(stats: Stats, account: ServiceAccount): boolean {
  if (stats.uid === account.uid) return (stats.mode & 0o100) !== 0;
  if (stats.gid === account.gid) return (stats.mode & 0o010) !== 0;
  return (stats.mode & 0o001) !== 0;
}
