import { type Database, openDatabase, rowhouse, type Situation } from '../../cli.fixture.js';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await run('tenants list');
  await database.admin.query(
    "insert into rowhouse.tenants (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme')",
  );
});
afterAll(() => database.close());

const run = (line: string, situation: Situation = {}) =>
  rowhouse(line.split(' '), { env: database.env, cwd: '/', ...situation });
const json = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout);

describe('rowhouse keys', () => {
  it('create shows the key once', async () => {
    const { code, stdout, stderr } = await run(
      'keys create acme --label ci --scope orders:read,orders:* --network 10.0.0.0/8 --environment test',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^rh_test_\w{43}_[0-9a-f]{8}\n\nThis is the only time/);
    const [key = ''] = stdout.split('\n');
    const listed = await run('keys list acme');
    expect(listed.stdout).toMatch(/^ID +LABEL +PREFIX +STATE +SCOPES +NETWORKS +LAST USED\n.* ci +rh_test_/);
    expect(listed.stdout).not.toContain(key);
    const { keys } = await json('keys list acme');
    expect(keys).toMatchObject([
      {
        label: 'ci',
        scopes: ['orders:read', 'orders:*'],
        networks: ['10.0.0.0/8'],
        createdBy: { type: 'operator' },
      },
    ]);
    expect(JSON.stringify(keys)).not.toContain(key);
  });

  it('hashes with the peppers of the environment', async () => {
    const env = { ...database.env, ROWHOUSE_API_KEY_PEPPERS: `3:${'p'.repeat(32)}` };
    const { stdout } = await run('keys create acme --label peppered --json', { env });
    expect(JSON.parse(stdout)).toMatchObject({ pepperVersion: 3 });
    const broken = { ...database.env, ROWHOUSE_API_KEY_PEPPERS: '3:hunter2' };
    const refused = await run('keys create acme --label peppered', { env: broken });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('ROWHOUSE_API_KEY_PEPPERS');
    expect(refused.stderr).not.toContain('hunter2');
  });

  it('rotate makes another, and revoke ends one', async () => {
    const first = await json('keys create acme --label rotated --expires 2999-01-01T00:00:00Z');
    const second = await json(`keys rotate acme ${first.id} --overlap 0`);
    expect(second).toMatchObject({ label: 'rotated', key: expect.stringMatching(/^rh_live_/) });
    expect((await run(`keys rotate acme ${first.id}`)).code).toBe(1);
    expect((await run(`keys revoke acme ${second.id}`)).stdout).toBe(
      `The key ${second.id} (rotated) is revoked.\n`,
    );
    expect(await json(`keys revoke acme ${second.id}`)).toMatchObject({ revokedAt: expect.any(String) });
    const { stdout } = await run('keys list acme');
    expect(stdout).toMatch(/rotated +rh_live_\S+ +revoked/);
    expect(stdout).toMatch(/rotated +rh_live_\S+ +expired 2/);
  });

  it.each([
    ['keys list nobody', 'There is no tenant "nobody".'],
    ['keys create acme', '--label'],
    ['keys create acme --label x --scope Orders', 'scope'],
    ['keys create acme --label x --network localhost', 'network'],
    ['keys create acme --label x --expires tomorrow', 'expiresAt'],
    ['keys create acme --label x --environment LIVE', 'environment'],
    ['keys rotate acme none', 'no API key'],
    ['keys rotate acme none --overlap x', 'whole number'],
    ['keys revoke acme 00000000-0000-4000-8000-000000000000', 'no API key'],
  ])('%s cannot be done', async (line, reason) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });
});
