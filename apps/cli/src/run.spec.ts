import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresTenantStore, TenantHomes } from '@rowhouse/core';
import { migrateCatalog, rolesOf } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { run } from './index.js';

const prefix = `cli_${randomBytes(5).toString('hex')}`;
const roles = rolesOf(prefix);
let database: TestDatabase;
let admin: pg.Client;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rowhouse-cli-'));
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await migrateCatalog(admin);
  const store = new PostgresTenantStore({ pool: admin as unknown as pg.Pool });
  const homes = new TenantHomes({
    owner: { url: database.url },
    logins: [new URL(database.loginUrl).username],
    pool: { roles: prefix },
  });
  for (const slug of ['acme', 'globex']) await homes.prepare(await store.create({ slug }));
  await homes.close();
  await admin.query('create table tenant_acme.products (id int)');
});

afterAll(async () => {
  await admin.end();
  await database.drop();
  const server = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
  await server.connect();
  const { rows } = await server.query('select rolname from pg_roles where starts_with(rolname::text, $1)', [
    `${prefix}_`,
  ]);
  for (const { rolname } of rows) await server.query(`drop role ${rolname}`);
  await server.end();
  rmSync(folder, { recursive: true });
});

interface Situation {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly isTTY?: boolean;
}

async function rowhouse(argv: readonly string[], { env = {}, cwd = folder, isTTY = false }: Situation = {}) {
  const written = { stdout: '', stderr: '' };
  const code = await run(argv, {
    stdout: { isTTY, write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    env,
    cwd,
  });
  return { code, ...written };
}

const there = (): string[] => ['--url', database.loginUrl, '--direct-url', database.url, '--roles', prefix];

async function whileOpen<T>(work: () => Promise<T>): Promise<T> {
  await admin.query('grant select on tenant_acme.products to public');
  try {
    return await work();
  } finally {
    await admin.query('revoke select on tenant_acme.products from public');
  }
}

describe('rowhouse doctor', () => {
  it('exits with 0 when nothing fails', async () => {
    const { code, stdout, stderr } = await rowhouse(['doctor', ...there()]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^✓ pins\.walls +PostgreSQL itself refused/m);
    expect(stdout).toMatch(/\n\d+ passed, 0 warned, 0 failed\.\n$/);
    expect(code).toBe(0);
  });

  it('exits with 1 when something fails, and shows the remedy', async () => {
    const { code, stdout } = await whileOpen(() => rowhouse(['doctor', ...there()]));
    expect(stdout).toMatch(/^✗ grants\.stray .*\n {4}rowhouse grants repair --all$/m);
    expect(stdout).toMatch(/1 failed\.\n$/);
    expect(code).toBe(1);
  });

  it('takes warnings for failures with --strict', async () => {
    const argv = ['doctor', ...there(), '--guard', 'off', '--quick'];
    expect(await rowhouse(argv)).toMatchObject({ code: 0, stdout: expect.stringContaining('! guard.mode') });
    expect((await rowhouse([...argv, '--strict'])).code).toBe(1);
  });

  it('prints JSON and nothing else with --json', async () => {
    const { code, stdout, stderr } = await whileOpen(() => rowhouse(['doctor', ...there(), '--json']));
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(['checks']);
    for (const check of report.checks) {
      expect(Object.keys(check).sort()).toEqual(['detail', 'id', 'remedy', 'status']);
      expect(['pass', 'warn', 'fail']).toContain(check.status);
    }
    expect(report.checks.find(({ id }: { id: string }) => id === 'grants.stray').status).toBe('fail');
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  it('takes its addresses from the environment', async () => {
    const env = { DATABASE_URL: database.loginUrl, DIRECT_DATABASE_URL: database.url };
    const { code, stdout } = await rowhouse(['doctor', '--quick', '--roles', prefix], { env });
    expect(stdout).toContain('Examining the database of DATABASE_URL.');
    expect(code).toBe(0);
  });

  it('examines the replicas that the config names', async () => {
    const root = mkdtempSync(join(folder, 'replicated-'));
    const replica = Object.assign(new URL(database.loginUrl), { port: '1' }).href;
    const replication = { master: { url: database.loginUrl }, slaves: [{ url: replica }] };
    const config = { dataSource: { type: 'postgres', replication }, directUrl: database.url };
    writeFileSync(join(root, 'rowhouse.config.mjs'), `export default ${JSON.stringify(config)};`);
    const { code, stdout } = await rowhouse(['doctor', '--quick', '--roles', prefix], { cwd: root });
    expect(stdout).toMatch(/^! replicas\.standby +A replica is not read \(1: 127\.0\.0\.1:1: /m);
    expect(stdout).toMatch(/^✓ replicas\.login/m);
    expect(code).toBe(0);
  });

  it('uses colours on a terminal, unless NO_COLOR is set', async () => {
    const argv = ['doctor', ...there(), '--quick'];
    expect((await rowhouse(argv, { isTTY: true })).stdout).toContain('\u001b[32m✓\u001b[0m');
    expect((await rowhouse(argv, { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
    expect((await rowhouse(argv)).stdout).not.toContain('\u001b');
  });

  it('sees that roles are off', async () => {
    const { code, stdout } = await rowhouse([
      'doctor',
      '--url',
      database.loginUrl,
      '--direct-url',
      database.url,
      '--no-roles',
    ]);
    expect(stdout).toContain('✗ roles.enabled');
    expect(code).toBe(1);
  });
});

describe('an application on an embedded server', () => {
  const connectionFile = (root: string, content: unknown) => {
    mkdirSync(join(root, '.rowhouse'), { recursive: true });
    mkdirSync(join(root, 'deep', 'below'), { recursive: true });
    writeFileSync(join(root, '.rowhouse', 'connection.json'), JSON.stringify(content));
  };

  it('is found upward from the working directory, without arguments', async () => {
    const root = mkdtempSync(join(folder, 'running-'));
    const pool = { roles: prefix };
    connectionFile(root, { url: database.loginUrl, directUrl: database.url, pid: process.pid, pool });
    const { code, stdout } = await rowhouse(['doctor'], { cwd: join(root, 'deep', 'below') });
    expect(stdout).toContain(join(root, '.rowhouse', 'connection.json'));
    expect(code).toBe(0);
  });

  it('that is not running gets an error that says so', async () => {
    const root = mkdtempSync(join(folder, 'stopped-'));
    // Beyond the largest process id of Linux (proc(5), pid_max).
    connectionFile(root, { url: database.loginUrl, directUrl: database.url, pid: 2 ** 22 + 1 });
    const { code, stderr } = await rowhouse(['doctor'], { cwd: root });
    expect(stderr).toMatch(/is not running\. Start it \(for the demo: npm start\)/);
    expect(code).toBe(2);
  });

  it.each([[{}], [null], [{ url: 1, directUrl: 2, pid: 'x' }]])(
    'with a damaged file is refused: %j',
    async (content) => {
      const root = mkdtempSync(join(folder, 'damaged-'));
      connectionFile(root, content);
      const { code, stderr } = await rowhouse(['doctor'], { cwd: root });
      expect(stderr).toContain('is damaged');
      expect(code).toBe(2);
    },
  );
});

describe('rowhouse grants repair', () => {
  it.each([[['--tenant', 'acme']], [['--all']]])('revokes stray grants: %j', async (whose) => {
    await admin.query('grant select on tenant_acme.products to public');
    const { code, stdout } = await rowhouse(['grants', 'repair', ...whose, ...there()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Repaired the shared schemas and (1 of 1 tenant|2 of 2 tenants)\.\n$/);
    const { rows } = await admin.query(
      `select has_table_privilege('public', 'tenant_acme.products', 'SELECT') as open`,
    );
    expect(rows).toEqual([{ open: false }]);
  });

  it('restores the grants of the login', async () => {
    const login = new URL(database.loginUrl).username;
    await admin.query(`revoke ${roles.app} from ${login}`);
    expect((await rowhouse(['doctor', '--quick', ...there()])).code).toBe(1);
    expect((await rowhouse(['grants', 'repair', '--all', ...there()])).code).toBe(0);
    expect((await rowhouse(['doctor', '--quick', ...there()])).code).toBe(0);
  });

  it('reports which tenants could not be repaired', async () => {
    await admin.query(
      `insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan)
       values (gen_random_uuid(), 'lost', 'lost', 'active', 'database', 'atlantis', 'free')`,
    );
    const answer = await rowhouse(['grants', 'repair', '--all', '--json', ...there()]);
    await admin.query(`delete from rowhouse.tenants where slug = 'lost'`);
    expect(JSON.parse(answer.stdout).repairs).toEqual([
      { tenant: 'acme' },
      { tenant: 'globex' },
      { tenant: 'lost', error: expect.stringContaining('atlantis') },
    ]);
    expect(answer.code).toBe(1);
  });

  it.each([[[]], [['--all', '--tenant', 'acme']]])('requires either --tenant or --all: %j', async (whose) => {
    const { code, stderr } = await rowhouse(['grants', 'repair', ...whose, ...there()]);
    expect(stderr).toContain('--tenant <slug> or --all');
    expect(code).toBe(2);
  });

  it.each(['initech', 'No Slug'])('reports that there is no tenant %s', async (slug) => {
    const { code, stderr } = await rowhouse(['grants', 'repair', '--tenant', slug, ...there()]);
    expect(stderr).toContain(`There is no tenant "${slug}"`);
    expect(code).toBe(2);
  });
});

it('reports that a database has no catalog', async () => {
  const empty = await createTestDatabase();
  const argv = ['grants', 'repair', '--all', '--url', empty.loginUrl, '--direct-url', empty.url];
  const { code, stderr } = await rowhouse([...argv, '--roles', prefix]);
  await empty.drop();
  expect(stderr).toMatch(/^This database has no catalog yet\. `rowhouse tenants create <slug>`/);
  expect(code).toBe(2);
});

describe('the command line', () => {
  it.each([
    ['--help', 'Usage: rowhouse'],
    ['doctor --help', 'Examples:\n'],
    ['doctor --help', 'Exit status: 0'],
    ['grants repair --help', '--tenant <slug>'],
  ])('%s explains itself', async (line, text) => {
    const { code, stdout } = await rowhouse(line.split(' '));
    expect(stdout).toContain(text);
    expect(code).toBe(0);
  });

  it.each([
    ['doctor --nonsense', /unknown option/],
    ['nonsense', /unknown command/],
    ['doctor --pin sometimes', /Allowed choices are statement, session/],
    ['doctor', /No database is configured/],
    ['doctor --url mysql://db/shop', /--url: expected postgres:/],
    ['doctor --url postgres://app:secret@127.0.0.1:1/shop', /The application cannot connect: .*--url/],
    ['doctor --url postgres://db/shop --home-schema Home', /homeSchema: expected a lower-case schema name/],
    [
      'doctor --url postgres://db/shop --roles NoPrefix',
      /roles: expected a prefix of role names .*not "NoPrefix"/,
    ],
  ])('%s is refused with status 2', async (line, text) => {
    const { code, stderr } = await rowhouse(line.split(' '));
    expect(stderr).toMatch(text);
    expect(stderr).not.toContain('secret');
    expect(code).toBe(2);
  });

  it('without a command lists the commands, with status 2', async () => {
    const { code, stderr } = await rowhouse([]);
    expect(stderr).toContain('doctor');
    expect(code).toBe(2);
  });
});
