/** @suite citus */
import { type App, openApp } from '../../apps/cli/src/app.fixture.js';
import { createCitusDatabase } from '../support/citus-database.js';

let app: App;

beforeAll(async () => {
  app = await openApp(undefined, await createCitusDatabase());
  for (const slug of ['acme', 'globex']) await app.rowhouse(`tenants create ${slug}`);
});

afterAll(() => app?.close());

async function json(line: string) {
  const { stdout } = await app.rowhouse(`${line} --json`);
  return JSON.parse(stdout);
}

describe('rowhouse workers', () => {
  it('list shows the workers with their tenants', async () => {
    const { workers } = await json('workers list');
    expect(workers).toMatchObject([{ tenants: 1 }, { tenants: 1 }]);
    expect((await app.rowhouse('workers list')).stdout).toMatch(
      /^WORKER +TENANTS +SIZE\n127\.0\.0\.1:\d+ +1 /,
    );
  });

  it('relocate moves a tenant, and rebalance moves one back', async () => {
    const [one] = (await json('workers list')).workers;
    for (const slug of ['acme', 'globex'])
      expect(await app.rowhouse(`workers relocate ${slug} --to ${one.name}`)).toMatchObject({
        code: 0,
        stdout: `The tables of ${slug} are on ${one.name}.\n`,
      });
    expect((await json('workers rebalance --plan')).moves).toMatchObject([{ from: one.name }]);
    expect((await json('workers list')).workers).toMatchObject([{ tenants: 2 }, { tenants: 0 }]);
    expect(await app.rowhouse('workers rebalance --yes')).toMatchObject({
      code: 0,
      stdout: '1 moved, 0 failed.\n',
    });
    expect(await app.rowhouse('workers rebalance --plan')).toMatchObject({ stdout: 'Nothing to move.\n' });
    const { rows } = await app.admin.query(
      `select count(*)::int as n, bool_and(actor is not null) as "haveActors"
         from rowhouse.audit_entries where action = 'tenant.relocated'`,
    );
    expect(rows).toEqual([{ n: 2, haveActors: true }]);
  });

  it('move --to does the same, and tenants list and show say where each is', async () => {
    const { tenants } = await json('tenants list');
    const [acme, globex] = tenants;
    expect(new Set([acme.worker, globex.worker]).size).toBe(2);
    expect((await app.rowhouse('tenants list')).stdout).toMatch(
      /^SLUG +NAME +STATUS +ISOLATION +PLACEMENT +WORKER +PLAN\nacme +acme +active +schema +default +127/,
    );
    expect(await app.rowhouse(`move acme --to ${globex.worker}`)).toMatchObject({
      code: 0,
      stdout: `The tables of acme are on ${globex.worker}.\n`,
    });
    expect(await json('tenants show acme')).toMatchObject({ worker: globex.worker });
    expect((await app.rowhouse('tenants show acme')).stdout).toMatch(/\nworker +127/);
  });

  it('relocate says which workers there are', async () => {
    const { code, stderr } = await app.rowhouse('workers relocate acme --to nowhere');
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no worker "nowhere"\. Name one of: 127\.0\.0\.1:\d+, /);
  });
});
