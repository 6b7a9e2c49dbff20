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
  });

  it('relocate says which workers there are', async () => {
    const { code, stderr } = await app.rowhouse('workers relocate acme --to nowhere');
    expect(code).toBe(1);
    expect(stderr).toMatch(/There is no worker "nowhere"\. Name one of: 127\.0\.0\.1:\d+, /);
  });
});
