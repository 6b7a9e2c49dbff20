import { type App, FIRST, openApp } from '../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  for (const slug of ['acme', 'globex']) {
    expect(await app.rowhouse(`tenants create ${slug}`)).toMatchObject({ code: 0 });
  }
});
afterAll(() => app.close());

describe('rowhouse drift', () => {
  it('exits with 0 when every home equals the result of its migrations', async () => {
    const { code, stdout, stderr } = await app.rowhouse('drift');
    expect(stdout).toBe('2 homes compared, 0 drifted, 0 unknown, 0 failed.\n');
    expect(stderr).toMatch(/2 of 2 homes\n$/);
    expect(code).toBe(0);
  });

  it('lists the differences of each tenant, and exits with 1', async () => {
    await app.admin.query(
      'alter table tenant_acme.books add note text; create index on tenant_acme.books (title)',
    );
    const { code, stdout } = await app.rowhouse('drift');
    expect(stdout).toMatch(
      /^✗ acme\n(?: {4}.*(?:differs|should not be there)\n| {7}.*\n)+2 homes compared, 1 drifted/,
    );
    expect(code).toBe(1);
    const json = JSON.parse((await app.rowhouse('drift --json')).stdout);
    expect(json).toMatchObject({ compared: 2, drifted: [{ label: 'acme' }], unknown: [], failed: [] });
  });

  it('compares selected tenants only', async () => {
    const { code, stdout } = await app.rowhouse('drift --tenant globex');
    expect(stdout).toMatch(/^1 home compared, 0 drifted/);
    expect(code).toBe(0);
  });

  it('reports homes with migrations that this release does not have', async () => {
    app.writeMigrations([FIRST, ['Later1700000009000', 'create table later (id int)', 'drop table later']]);
    await app.rowhouse('migration run --tenant globex');
    app.writeMigrations([FIRST]);
    const { code, stdout } = await app.rowhouse('drift --tenant globex');
    expect(stdout).toContain('? globex has had Later1700000009000, which this release does not have\n');
    expect(code).toBe(1);
  });
});
