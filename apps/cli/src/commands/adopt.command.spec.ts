import { type App, openApp } from '../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.admin.query(`
    create table books (id serial primary key, title text not null);
    insert into books (title) values ('Emma'), ('Ulysses');
    create table countries (code text primary key)`);
});
afterAll(() => app.close());

const schemaOf = async (table: string) => {
  const { rows } = await app.admin.query(
    "select schemaname from pg_tables where tablename = $1 and schemaname <> 'rowhouse'",
    [table],
  );
  return rows.map(({ schemaname }) => schemaname);
};

describe('rowhouse adopt', () => {
  it('shows in a dry run what it would do, and changes nothing', async () => {
    const { code, stdout } = await app.rowhouse('adopt acme --keep countries --dry-run');
    expect(stdout).toMatch(/alter table .*books.* set schema .*;\n/i);
    expect(stdout).toMatch(/^TABLE +ROWS BEFORE +AFTER\nbooks +2 +2$/m);
    expect(stdout).toMatch(/This was a dry run: nothing was changed\.\n$/);
    expect(code).toBe(0);
    expect(await schemaOf('books')).toEqual(['public']);
  });

  it('turns the database into the first tenant', async () => {
    const { code, stdout } = await app.rowhouse('adopt acme --keep countries --plan pro --json');
    expect(JSON.parse(stdout)).toMatchObject({
      tenant: { slug: 'acme', plan: 'pro' },
      rows: [{ table: 'books', before: 2, after: 2 }],
      dryRun: false,
    });
    expect(code).toBe(0);
    expect(await schemaOf('books')).toEqual(['tenant_acme']);
    expect(await schemaOf('countries')).toEqual(['public']);
    expect((await app.rowhouse('tenants show acme')).code).toBe(0);
  });

  it('exits with 1 when a database cannot be adopted', async () => {
    const { code, stdout } = await app.rowhouse('adopt acme --json');
    expect(JSON.parse(stdout).error.code).toMatch(/CONFLICT|REFUSED/);
    expect(code).toBe(1);
  });

  it('undoes an adoption with --undo', async () => {
    const { code, stdout } = await app.rowhouse('adopt acme --undo');
    expect(stdout).toMatch(/The adoption of acme was undone/);
    expect(code).toBe(0);
    expect(await schemaOf('books')).toEqual(['public']);
    expect((await app.rowhouse('tenants show acme')).code).toBe(2);
  });
});
