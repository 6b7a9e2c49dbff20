import { type App, FIRST, openApp } from '../app.fixture.js';

/** Their rows belong to tenants, and the table refers to nothing. */
const NOTES = [
  'Notes1700000000001',
  'create table notes (id serial primary key)',
  'drop table notes',
] as const;

let app: App;
beforeEach(async () => {
  app = await openApp();
});
afterEach(() => app.close());

it('tenants create refuses isolation row where entities have no tenant_id, and names them', async () => {
  const { code, stderr } = await app.rowhouse('tenants create acme --isolation row');
  expect(stderr).toMatch(
    /isolation "row": Book: all tenants would share the table "books".*@TenantEntity\(\)/,
  );
  expect(code).toBe(2);
  expect((await app.rowhouse('tenants list')).stdout).toBe('No tenants.\n');
  const { rows } = await app.admin.query("select from pg_tables where schemaname = 'public'");
  expect(rows).toHaveLength(0);
});

it('doctor points out a migration that leaves the table of a row tenant shared', async () => {
  app.write(
    'books.ts',
    "export const books: object = { name: 'Book', tableName: 'books', columns: { tenant_id: { type: 'uuid', primary: true } } };",
  );
  app.writeMigrations([[FIRST[0], 'create table books (tenant_id uuid primary key)', FIRST[2]]]);
  app.writeSeed('select 1');
  expect(await app.rowhouse('tenants create acme --isolation row')).toMatchObject({ code: 0 });
  const found = async () => {
    const { checks } = JSON.parse((await app.rowhouse('doctor --json')).stdout);
    return checks.find(({ id }: { id: string }) => id === 'rows.shared');
  };
  expect(await found()).toMatchObject({ status: 'pass' });
  app.writeMigrations([[FIRST[0], 'create table books (tenant_id uuid primary key)', FIRST[2]], NOTES]);
  expect(await app.rowhouse('migration run')).toMatchObject({ code: 0 });
  expect(await found()).toMatchObject({
    status: 'warn',
    detail: expect.stringMatching(/\(1: public\.notes\)$/),
  });
});
