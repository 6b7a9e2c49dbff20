import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme');
  await app.rowhouse('tenants suspend acme');
  await app.rowhouse('tenants create globex');
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

describe('rowhouse audit', () => {
  it('list shows who changed what, newest first', async () => {
    const { code, stdout } = await app.rowhouse('audit list', { cwd: '/' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^SEQ +AT +ACTOR +ACTION +TARGET +REASON\n3 +\S+ +\S+@\S+ +tenant\.created +globex\n2 /,
    );
  });

  it('list filters, and goes on after a page', async () => {
    const page = await json('audit list --tenant acme --limit 1');
    expect(page).toMatchObject({ entries: [{ seq: 2, action: 'tenant.suspended' }], next: 2 });
    const last = await json(`audit list --tenant acme --limit 1 --after ${page.next}`);
    expect(last).toMatchObject({ entries: [{ seq: 1, before: null, after: { slug: 'acme' } }] });
    expect(last).not.toHaveProperty('next');
    expect((await json('audit list --action tenant.susp')).entries).toHaveLength(1);
    expect((await json('audit list --actor nobody --to 2999-01-01')).entries).toEqual([]);
    expect((await app.rowhouse('audit list --to 2000-01-01')).stdout).toBe('No entries.\n');
  });

  it.each([
    'audit list --from yesterday',
    'audit list --tenant nobody',
    'audit export --format xml',
    'audit retain --before now --yes',
  ])('%s cannot start', async (line) => {
    expect(await app.rowhouse(line)).toMatchObject({ code: 2, stdout: '' });
  });

  it('export writes a line for each entry, in JSON and in CSV', async () => {
    const { stdout } = await app.rowhouse('audit export');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual([1, 2, 3]);
    expect(
      (await app.rowhouse('audit export --json --tenant acme')).stdout.trimEnd().split('\n'),
    ).toHaveLength(2);
    const csv = await app.rowhouse('audit export --format csv');
    expect(csv.stdout).toMatch(/^seq,at,actor_type,.*\r\n1,/);
  });

  it('retain removes nothing without a yes, nor the month that is under way', async () => {
    const day = new Date().toISOString().slice(0, 10);
    expect(await app.rowhouse(`audit retain --before ${day}`)).toMatchObject({ code: 2 });
    expect(await app.rowhouse(`audit retain --before ${day} --yes`)).toMatchObject({
      code: 0,
      stdout: '0 entries removed.\n',
    });
    expect(await json(`audit retain --before ${day} --yes`)).toEqual({ entries: 0, lastSeq: null });
  });

  it('verify says that the chain is intact, or where it is broken', async () => {
    const intact = await app.rowhouse('audit verify');
    expect(intact.code).toBe(0);
    expect(intact.stdout).toMatch(/^The chain of 3 entries is intact\.\nHead: 3 [0-9a-f]{64}\n$/);
    await app.admin.query(`begin; set local session_replication_role = 'replica';
      update rowhouse.audit_entries set actor = null where seq = 2; commit`);
    const broken = await app.rowhouse('audit verify');
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('broken at entry 2 (changed)') });
    const document = await app.rowhouse('audit verify --json');
    expect(document.code).toBe(1);
    expect(JSON.parse(document.stdout)).toMatchObject({
      isIntact: false,
      fault: { seq: 2, problem: 'changed' },
    });
  });
});
