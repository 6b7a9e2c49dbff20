import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;
const asUser = isRoot ? it.skip : it;
const onLinux = process.platform === 'linux' ? it : it.skip;

async function queryOn(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  // A killed server tells each connection twice: by the query's rejection, and by this event.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function showing(url: string, setting: string): Promise<unknown> {
  return (await queryOn(url, `select current_setting('${setting}') as value`))[0]?.['value'];
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    () => true,
  );
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A program in a process of its own that starts a server, and tells what came of it. */
async function startElsewhere(
  options: object,
  {
    afterwards = 'setInterval(() => {}, 1_000)',
    env = {},
  }: { afterwards?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ child: ChildProcess; url: string; dataDir: string; code?: string; message?: string }> {
  const program = `
    import { register } from 'node:module';
    register('./test/setup/typescript-hooks.mjs', 'file://${repository}');
    const { startEmbeddedPostgres } = await import('file://${repository}libs/testing/src/embedded/embedded-postgres.ts');
    const start = startEmbeddedPostgres(${JSON.stringify(options)});
    console.log(JSON.stringify(await start.catch(({ code, message }) => ({ code, message }))));
    ${afterwards}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: repository,
    env: { ...process.env, ...env },
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, ...JSON.parse(String(line)) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('startEmbeddedPostgres, throw-away', () => {
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    server = await startEmbeddedPostgres({ maxConnections: 17, settings: { work_mem: '5MB' } });
  });
  afterAll(() => server.stop());

  it('is a PostgreSQL that listens on loopback alone', async () => {
    expect(await showing(server.url, 'listen_addresses')).toBe('127.0.0.1');
    expect(await showing(server.url, 'unix_socket_directories')).toBe('');
    expect(new URL(server.url).port).toBe(String(server.port));
  });

  it('takes settings', async () => {
    expect(await showing(server.url, 'max_connections')).toBe('17');
    expect(await showing(server.url, 'work_mem')).toBe('5MB');
    expect(await showing(server.url, 'fsync')).toBe('off');
  });

  it('lets nobody in without the password', async () => {
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(queryOn(url.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('names the option that is wrong', async () => {
    await expect(startEmbeddedPostgres({ port: 0 })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('port'),
    });
  });

  it('says that a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startEmbeddedPostgres({ port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(port)),
    });
    taken.close();
  });

  it('shows what the server said when it does not start, and clears up', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'rowhouse-spec-'));
    await chmod(temporary, 0o755);
    const options = { settings: { shared_buffers: 'plenty' } };
    const failed = await startElsewhere(options, { afterwards: '', env: { TMPDIR: temporary } });
    expect(failed.code).toBe('START_FAILED');
    expect(failed.message).toContain('invalid value for parameter "shared_buffers"');
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
  });

  it('ends and deletes its data on stop, once', async () => {
    const other = await startEmbeddedPostgres();
    const pid = await postmasterPid(other.dataDir);
    await Promise.all([other.stop(), other.stop()]);
    expect(isAlive(pid)).toBe(false);
    expect(await isMissing(dirname(other.dataDir))).toBe(true);
  });

  it('does not outlive a program that is killed, nor does its data', async () => {
    const { child, dataDir } = await startElsewhere({});
    const pid = await postmasterPid(dataDir);
    await kill(child);
    await until(() => isMissing(dirname(dataDir)));
    expect(isAlive(pid)).toBe(false);
  });

  onLinux('is out of reach of a Ctrl-C in the terminal', async () => {
    // The fifth field is the process group, to all of which a terminal sends its SIGINT.
    const groupOf = async (pid: number) => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[4];
    const pid = await postmasterPid(server.dataDir);
    const groups = await Promise.all([pid, await guardOf(pid), process.pid].map(groupOf));
    expect(new Set(groups).size).toBe(3);
  });

  it('holds no program open that forgets to stop it', async () => {
    const { child, dataDir } = await startElsewhere({}, { afterwards: '' });
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    await until(() => isMissing(dirname(dataDir)));
  });
});

describe('startEmbeddedPostgres, on a lasting data directory', () => {
  let home: string;
  let dataDir: string;
  let server: EmbeddedPostgres | undefined;

  const start = async (): Promise<EmbeddedPostgres> => {
    server = await startEmbeddedPostgres({ dataDir });
    return server;
  };
  const notes = async () =>
    (await queryOn(server?.url ?? '', 'select body from notes')).map(({ body }) => body);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'rowhouse-spec-'));
    await chmod(home, 0o755);
    dataDir = join(home, 'data');
    const first = await start();
    await queryOn(first.url, `create table notes as select 'kept'::text as body`);
    await first.stop();
  });
  afterEach(() => server?.stop());
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('keeps the data, flushed to disk, behind a password that its owner alone can read', async () => {
    const { url } = await start();
    expect(await notes()).toEqual(['kept']);
    expect(await showing(url, 'fsync')).toBe('on');
    expect((await stat(join(dataDir, 'rowhouse.password'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a directory that is being served', async () => {
    await start();
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    expect(await notes()).toEqual(['kept']);
  });

  it('refuses a directory that holds something else', async () => {
    const other = join(home, 'other');
    await mkdir(other);
    await writeFile(join(other, 'thesis.tex'), '');
    await expect(startEmbeddedPostgres({ dataDir: other })).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
    });
    expect(await readdir(other)).toEqual(['thesis.tex']);
  });

  asRoot('serves a directory that an ordinary user made as that user', async () => {
    const uid = 65_533;
    const { uid: before, gid } = await stat(dataDir);
    await promisify(execFile)('chown', ['-R', `${uid}:${uid}`, dataDir]);
    await start();
    expect(await notes()).toEqual(['kept']);
    expect((await stat(join(dataDir, 'postmaster.pid'))).uid).toBe(uid);
    await server?.stop();
    await promisify(execFile)('chown', ['-R', `${before}:${gid}`, dataDir]);
  });

  asUser('says so when it may not read the directory', async () => {
    const closed = join(home, 'closed');
    await mkdir(closed, { mode: 0o000 });
    const refused = { code: 'DATA_DIR_UNUSABLE', message: expect.stringContaining('cannot be read') };
    await expect(startEmbeddedPostgres({ dataDir: closed })).rejects.toMatchObject(refused);
  });

  it('recovers when the server was killed, with statements under way', async () => {
    const { url } = await start();
    const busy = queryOn(url, 'select count(*) from generate_series(1, 100000000)').catch(() => 'cut off');
    await until(
      async () => (await queryOn(url, `select from pg_stat_activity where state = 'active'`)).length > 1,
    );
    const pid = await postmasterPid(dataDir);
    process.kill(pid, 'SIGKILL');
    await until(async () => !isAlive(pid));
    await start();
    expect(await notes()).toEqual(['kept']);
    expect(await busy).toBe('cut off');
  });

  it('recovers when the process id in the lock file belongs to somebody else by now', async () => {
    await start();
    const lock = join(dataDir, 'postmaster.pid');
    const [, ...rest] = (await readFile(lock, 'utf8')).split('\n');
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await server?.stop();
    // Of PostgreSQL's own user, so that it can see that the process lives.
    const { uid, gid } = await stat(join(dataDir, 'PG_VERSION'));
    const bystander = spawn('sleep', ['60'], { uid, gid });
    await writeFile(lock, [bystander.pid, ...rest].join('\n'));
    await start();
    expect(await notes()).toEqual(['kept']);
    expect(bystander.exitCode).toBeNull();
    bystander.kill();
  });

  it('recovers when the program that started the server was killed', async () => {
    const { child } = await startElsewhere({ dataDir });
    await kill(child);
    await start();
    expect(await notes()).toEqual(['kept']);
  });

  onLinux('recovers when the server outlived its program', async () => {
    const { child, url } = await startElsewhere({ dataDir });
    const orphan = await postmasterPid(dataDir);
    process.kill(await guardOf(orphan), 'SIGKILL');
    await kill(child);
    expect(await queryOn(url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    await start();
    expect(await postmasterPid(dataDir)).not.toBe(orphan);
    expect(await notes()).toEqual(['kept']);
  });

  it('starts afresh when the first start was killed half-way', async () => {
    const unborn = join(home, 'unborn');
    void startElsewhere({ dataDir: unborn });
    const draft = async () => (await readdir(home)).find((name) => name.startsWith('unborn.init-'));
    await until(async () => (await draft()) !== undefined);
    const pid = Number(/init-(\d+)/.exec((await draft()) ?? '')?.[1]);
    process.kill(pid, 'SIGKILL');
    expect(await isMissing(unborn)).toBe(true);
    await until(async () => !isAlive(pid));
    const whole = await startEmbeddedPostgres({ dataDir: unborn });
    expect(await queryOn(whole.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    await whole.stop();
    expect(await draft()).toBeUndefined();
  });
});

/** The shell that waits for the end of the program; its command line names the server. */
async function guardOf(serverPid: number): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(`rowhouse-guard\0${serverPid}\0`)) return Number(pid);
  }
  throw new Error(`no guard for ${serverPid}`);
}
