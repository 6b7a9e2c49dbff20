import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  for (const slug of ['acme', 'globex', 'empty']) await app.rowhouse(`tenants create ${slug}`);
  await app.admin.query(`insert into tenant_acme.books (title) values ('Emma')`);
  await app.admin.query(`update tenant_globex.books set title = 'Ulysses'; delete from tenant_empty.books`);
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);
const titles = async (schema: string) =>
  (await app.admin.query(`select title from ${schema}.books order by id`)).rows.map(({ title }) => title);

describe('rowhouse copy, move and import --into', () => {
  it('show what would happen, refuse conflicts, and resolve them as they are told', async () => {
    const planned = await app.rowhouse('copy acme globex --dry-run --without-files');
    expect(planned.stdout).toMatch(/books\s+1\s+0\s+1\s+0/);
    expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was changed') });
    expect(await app.rowhouse('copy acme globex --table books')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('books (id): 1'),
    });
    expect(await titles('tenant_globex')).toEqual(['Ulysses']);
    const { code, stdout } = await app.rowhouse('copy acme globex --table books --on-conflict remap');
    expect(stdout).toContain('2 rows of 1 table were copied from acme to globex.\n');
    expect(code).toBe(0);
    expect((await titles('tenant_globex')).sort()).toEqual(['Emma', 'Middlemarch', 'Ulysses']);
    expect(await json('copy acme globex --table none')).toMatchObject({
      error: { code: 'TRANSFER_REFUSED' },
    });
    const { rows } = await app.admin.query(
      `select action, target, actor is not null as "hasActor" from rowhouse.audit_entries where action like 'rows.%' order by seq`,
    );
    expect(rows).toEqual([
      { action: 'rows.copied', target: 'acme', hasActor: true },
      { action: 'rows.copied', target: 'globex', hasActor: true },
    ]);
  });

  it('ask before rows are removed', async () => {
    expect(await app.rowhouse('move acme empty')).toMatchObject({ code: 2 });
    expect(await titles('tenant_acme')).toHaveLength(2);
    expect(await json('move acme empty --yes --without-files')).toMatchObject({
      rows: 2,
      tables: [{ name: 'books', written: 2, isRemoved: true }],
    });
    expect([await titles('tenant_acme'), await titles('tenant_empty')]).toEqual([
      [],
      ['Middlemarch', 'Emma'],
    ]);
  });

  it('of move takes a worker of Citus in place of a tenant, and nothing that is of rows', async () => {
    for (const line of [
      'move acme',
      'move acme empty --to worker-2',
      'move acme --to worker-2 --table books',
    ])
      expect([line, (await app.rowhouse(line)).code]).toEqual([line, 2]);
    expect(await json('move acme --to worker-2')).toMatchObject({
      error: { code: 'WORKER_UNKNOWN', message: expect.stringContaining('not one of Citus') },
    });
  });

  it('add the rows of an archive to a tenant', async () => {
    await app.rowhouse('export empty --to empty.tar.gz');
    const refused = await app.rowhouse('import empty.tar.gz --into acme --slug new');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--slug is for a new tenant') });
    expect(await app.rowhouse('import empty.tar.gz --on-conflict skip')).toMatchObject({ code: 2 });
    const { stdout } = await app.rowhouse(
      'import empty.tar.gz --into acme --on-conflict skip --without-files',
    );
    expect(stdout).toContain('2 rows of 1 table were imported into acme.\n');
    expect(await titles('tenant_acme')).toEqual(['Middlemarch', 'Emma']);
  });
});
