import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase, openFolder, rowhouse } from '../../cli.fixture.js';

const CONFIG = `export default {
  dataSource: { type: 'postgres' },
  pool: { limits: { queue: 50 } },
  plans: {
    free: { limits: { concurrency: 1 }, quotas: { seats: 3 }, rates: { requests: '60/minute' } },
    pro: { quotas: { seats: 'unlimited' }, rates: { requests: 'unlimited' }, features: ['export', 'sso'] },
  },
};`;

const folder = openFolder();
let database: Database;
const write = (text: string) => writeFileSync(join(folder.path, 'rowhouse.config.ts'), text);
const plans = (line: string) =>
  rowhouse(['plans', ...line.split(' ')], { cwd: folder.path, env: database.env });

beforeAll(async () => {
  database = await openDatabase();
  write(CONFIG);
  // The catalog is made by the first command.
  expect((await plans('list')).code).toBe(0);
  await database.admin.query(
    "insert into rowhouse.tenants (id, slug, name, plan) values (gen_random_uuid(), 'acme', 'Acme', 'free'), (gen_random_uuid(), 'hooli', 'Hooli', 'gold')",
  );
});
afterAll(async () => {
  await database.close();
  folder.close();
});
beforeEach(() => write(CONFIG));

it('lists the plans of the config', async () => {
  expect((await plans('list')).stdout).toBe(
    [
      'PLAN  LIMITS         QUOTAS           RATES               FEATURES',
      'free  concurrency=1  seats=3          requests=60/minute  -',
      'pro   -              seats=unlimited  requests=unlimited  export sso',
      '',
    ].join('\n'),
  );
  expect(JSON.parse((await plans('list --json')).stdout)).toEqual([
    {
      name: 'free',
      limits: { concurrency: 1 },
      quotas: { seats: 3 },
      rates: { requests: '60/minute' },
      features: [],
    },
    {
      name: 'pro',
      limits: {},
      quotas: { seats: 'unlimited' },
      rates: { requests: 'unlimited' },
      features: ['export', 'sso'],
    },
  ]);
});

it('overrides what the plan says, shows where each value comes from, and takes it back', async () => {
  const overridden = await plans(
    'override acme quotas.seats=50 features.export=true limits.statementTimeoutMs=0 rates.requests=5/second',
  );
  expect(overridden).toMatchObject({ code: 0 });
  const { stdout } = await plans('show acme');
  expect(stdout).toBe(overridden.stdout);
  expect(stdout.split('\n').map((line) => line.split(/\s{2,}/))).toEqual(
    expect.arrayContaining([
      ['Plan free'],
      ['limits.concurrency', '1', 'plan'],
      ['limits.queue', '50', 'default'],
      ['limits.statementTimeoutMs', '0', 'override'],
      ['limits.resultBytes', '-', 'default'],
      ['quotas.seats', '50', 'override'],
      ['rates.requests', '5/second', 'override'],
      ['features.export', 'true', 'override'],
      ['features.sso', 'false', 'plan'],
    ]),
  );
  expect(await plans('override acme quotas.seats=unlimited --unset features.export')).toMatchObject({
    code: 0,
  });
  expect(JSON.parse((await plans('show acme --json')).stdout)).toMatchObject({
    quotas: { seats: { value: 'unlimited', source: 'override' } },
    features: { export: { value: false, source: 'plan' } },
    overrides: {
      limits: { statementTimeoutMs: 0 },
      quotas: { seats: 'unlimited' },
      rates: { requests: '5/second' },
    },
  });
});

it('shows a tenant whose plan is not declared', async () => {
  expect((await plans('show hooli')).stdout).toContain('Plan gold, which the config does not declare');
});

it.each([
  ['override acme', 'Give what to override'],
  [
    'override acme seats=5',
    'Expected limits.<name>, quotas.<name>, rates.<name> or features.<name>, not "seats"',
  ],
  ['override acme quotas.seats', 'Expected a value, as in quotas.seats=50'],
  ['override acme quotas.seats=null', 'Expected a value, as in quotas.seats=50'],
  ['override acme quotas.seats=many', 'quotas.seats: expected a whole number'],
  ['override acme rates.requests=5/week', 'rates.requests: expected a rate such as'],
  ['override acme rates.logins=5/second', 'rates.logins: expected a rate that plans have'],
  ['override acme quotas.desks=5', 'quotas.desks: expected a quota that plans have'],
  ['override acme features.import=true', 'features.import: expected a feature that a plan has'],
  ['override nobody quotas.seats=5', 'There is no tenant "nobody".'],
  ['show nobody', 'There is no tenant "nobody".'],
])('refuses "%s"', async (line, message) => {
  expect(await plans(line)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

it('needs a config that declares plans, and names what is wrong in it', async () => {
  write("export default { dataSource: { type: 'postgres' } };");
  for (const line of ['list', 'show acme', 'override acme quotas.seats=5'])
    expect(await plans(line)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('declares no plans'),
    });
  write("export default { dataSource: { type: 'postgres' }, plans: { free: { quotas: { seats: -1 } } } };");
  expect(await plans('list')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('plans.free.quotas'),
  });
});
