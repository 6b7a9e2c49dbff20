import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
let prices: string;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme --plan pro');
  // As an instance of the application has counted them, long ago.
  await app.admin.query(`select rowhouse.begin_usage('2025-10-01T00:00:00Z');
    insert into rowhouse.usage_meters values ('emails', 'emails');
    insert into rowhouse.usage_counts (tenant_id, meter, hour, quantity)
      select id, 'emails', hour::timestamptz, 1500 from rowhouse.tenants,
        unnest(array['2025-10-01T00:00:00Z', '2025-10-31T23:00:00Z']) as hour;
    select rowhouse.record_usage('2025-11-02', 100)`);
  prices = join(await mkdtemp(join(tmpdir(), 'usage-')), 'prices.json');
  await writeFile(
    prices,
    '{ "currency": "EUR", "meters": { "emails": { "price": "0.01", "free": "1000" } } }',
  );
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

describe('rowhouse usage', () => {
  it('list shows records, and goes on after a page', async () => {
    const { code, stdout } = await app.rowhouse('usage list', { cwd: '/' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^SEQ +TENANT +METER .*\n1 +acme +emails +2025-10-01T00:00:00.000Z +1 +1500 +1500/,
    );
    const page = await json('usage list --tenant acme --limit 1');
    expect(page).toMatchObject({ records: [{ seq: 1, meter: 'emails', tenantPlan: 'pro' }], next: 1 });
    const last = await json(`usage list --tenant acme --limit 1 --after ${page.next}`);
    expect(last.records).toMatchObject([{ seq: 2, month: '2025-10' }]);
    expect(last).not.toHaveProperty('next');
    expect((await app.rowhouse('usage list --month 2025-11')).stdout).toBe('No records.\n');
  });

  it('export writes CloudEvents or CSV', async () => {
    const { stdout } = await app.rowhouse('usage export --meter emails');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).specversion),
    ).toEqual(['1.0', '1.0']);
    expect((await app.rowhouse('usage export --format csv')).stdout.split('\r\n')).toHaveLength(4);
  });

  it('close closes a month once, and not one that has not ended', async () => {
    expect(await app.rowhouse('usage close --month 2025-10')).toMatchObject({ code: 2 });
    const closed = await json('usage close --month 2025-10 --yes --reason Bills');
    expect(closed).toMatchObject({
      month: '2025-10',
      totals: 1,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await json('usage close --month 2025-10 --yes')).toEqual(closed);
    expect(await app.rowhouse('usage close --month 2099-01 --yes')).toMatchObject({ code: 1 });
    expect((await json('usage closes')).closes).toEqual([closed]);
    expect((await app.rowhouse('usage closes --csv 2025-10')).stdout).toMatch(
      /^month,.*\r\n2025-10,[0-9a-f-]{36},acme,pro,emails,emails,3000\r\n$/,
    );
    expect(await app.rowhouse('usage closes --csv 2025-11')).toMatchObject({ code: 2 });
  });

  it('cost multiplies by a list of prices', async () => {
    const { stdout } = await app.rowhouse(`usage cost --month 2025-10 --prices ${prices}`);
    expect(stdout).toMatch(/\r\n2025-10,closed,[0-9a-f-]{36},acme,pro,3000,20\.00,20\.00,EUR\r\n$/);
    expect(await json(`usage cost --month 2025-10 --prices ${prices}`)).toMatchObject({ total: '20.00' });
  });

  it('sinks shows how far records have been sent', async () => {
    expect((await app.rowhouse('usage sinks')).stdout).toBe('Records are sent nowhere.\n');
    await app.admin.query("insert into rowhouse.usage_sinks (name, seq) values ('webhook', 0)");
    expect((await json('usage sinks --retry')).sinks).toMatchObject([{ name: 'webhook', pending: 2 }]);
  });

  it.each([
    'usage list --tenant nobody',
    'usage list --month October',
    'usage list --meter =1+1',
    'usage export --format xml',
    'usage close --yes',
    'usage cost --month 2025-10 --prices /nowhere.json',
    'usage cost --month 2025-10 --prices package.json',
  ])('%s cannot start', async (line) => {
    expect(await app.rowhouse(line)).toMatchObject({ code: 2, stdout: '' });
  });
});
