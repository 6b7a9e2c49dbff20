/** @suite postgres15 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, DataSourceOptions, MigrationInterface } from 'typeorm';
import { acme, type Bookshop, openBookshop, tables } from './bookshop.fixture.js';
import { missingRowSecurity, rowSecurityMigration } from './row-security-migration.js';
import { TenantTableMissingError } from './table-facts.js';

const TIMESTAMP = 1_757_000_000_000;

let shop: Bookshop;
let folder: string;
let source: string;
let migration: new () => MigrationInterface;
const opened: DataSource[] = [];

async function open(options: Partial<DataSourceOptions> = {}) {
  const dataSource = await shop.open({ migrations: [migration], ...options } as Partial<DataSourceOptions>);
  opened.push(dataSource);
  return dataSource;
}

const generate = (dataSource: DataSource) =>
  rowSecurityMigration(dataSource, 'RowSecurity', TIMESTAMP, { systemRole: shop.roles.system });

/** What TypeORM would change to make the tables fit the entities. */
async function difference(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

interface TableState {
  readonly name: string;
  readonly enforced: boolean;
  readonly policies: string[];
  readonly keys: number;
  readonly columns: number;
}

const stateOf = (dataSource: DataSource, schema: string): Promise<TableState[]> =>
  dataSource.query(
    `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as enforced,
            array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies,
            (select count(*)::int from pg_constraint
              where conrelid = c.oid and confrelid = 'rowhouse.tenants'::regclass) as keys,
            (select count(*)::int from pg_attribute
              where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) as columns
       from pg_class c
      where c.relnamespace = $1::regnamespace and c.relname = any($2) order by c.relname collate "C"`,
    [schema, tables],
  );

const securedWith = ({ keys }: { keys: number }) =>
  tables.map((name) => ({
    name,
    enforced: true,
    policies: ['rowhouse_system', 'rowhouse_tenant'],
    keys,
    columns: 1,
  }));

beforeAll(async () => {
  shop = await openBookshop();
  source = (await generate(shop.dataSource)) ?? '';
  folder = await mkdtemp(join(tmpdir(), 'rowhouse-migration-'));
  const file = join(folder, `${TIMESTAMP}-row-security.ts`);
  await writeFile(file, source);
  migration = (await import(file))[`RowSecurity${TIMESTAMP}`];
});

afterEach(async () => {
  for (const dataSource of opened.splice(0)) await dataSource.destroy();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await shop.close();
});

describe('the generated migration', () => {
  it('names no schema but that of the catalog', () => {
    expect(source).toContain(`export class RowSecurity${TIMESTAMP} implements MigrationInterface`);
    expect(source).toContain('create policy "rowhouse_tenant" on "books" for all to public');
    expect(source).not.toMatch(/(on|table|index) "?\w+"?\."/);
  });

  it('secures shared tables, joins included, and takes everything back', async () => {
    const dataSource = await open();
    await dataSource.runMigrations();
    expect(await stateOf(dataSource, 'public')).toEqual(securedWith({ keys: 1 }));
    expect(await difference(dataSource)).toEqual([]);
    expect(await generate(dataSource)).toBeUndefined();

    await dataSource.undoLastMigration();
    expect(await stateOf(dataSource, 'public')).toEqual(
      tables.map((name) => ({
        name,
        enforced: false,
        policies: [],
        keys: 0,
        columns: ['book_tags', 'shelves_closure'].includes(name) ? 0 : 1,
      })),
    );
    expect(await difference(dataSource)).toEqual([]);
    expect(await generate(dataSource)).toBe(source);
  });

  it("runs for a tenant with a schema of its own, as the tenant's role, without a key to the catalog", async () => {
    const { owner } = shop.roles;
    await shop.dataSource.query(`create schema tenant_acme authorization ${owner}`);
    const dataSource = await open({
      schema: 'tenant_acme',
      extra: { options: `-c search_path=tenant_acme -c role=${owner} -c rowhouse.tenant_id=${acme}` },
    } as Partial<DataSourceOptions>);
    await dataSource.synchronize();
    await dataSource.query('insert into books (title) values ($1)', ['before the migration']);
    await dataSource.query('insert into tags (name) values ($1)', ['before the migration']);
    await dataSource.query('insert into book_tags select b.id, t.id from books b, tags t');

    await dataSource.runMigrations();
    expect(await stateOf(shop.dataSource, 'tenant_acme')).toEqual(securedWith({ keys: 0 }));
    expect(await difference(dataSource)).toEqual([]);
    expect(await dataSource.query('select tenant_id from book_tags')).toEqual([{ tenant_id: acme }]);

    await dataSource.undoLastMigration();
    expect(await difference(dataSource)).toEqual([]);
  });
});

describe('missing row security', () => {
  afterEach(async () => {
    const [{ isThere }] = await shop.dataSource.query(
      'select to_regclass(\'rowhouse.tenants\') is not null as "isThere"',
    );
    if (!isThere) await shop.dataSource.query('alter table rowhouse.clients rename to tenants');
  });

  it('is only what is not there yet', async () => {
    const dataSource = await open();
    await dataSource.runMigrations();
    await dataSource.query('drop policy rowhouse_tenant on books');
    await dataSource.query('alter table tags no force row level security');
    const missing = await missingRowSecurity(dataSource, { systemRole: shop.roles.system });
    expect(missing).toEqual({
      up: [
        expect.stringMatching(/^create policy "rowhouse_tenant" on "books"/),
        'alter table "tags" enable row level security, force row level security',
      ],
      upWithCatalog: [],
      down: [
        'alter table "tags" no force row level security, disable row level security',
        'drop policy "rowhouse_tenant" on "books"',
      ],
    });
    for (const sql of missing?.up ?? []) await dataSource.query(sql);
    expect(await generate(dataSource)).toBeUndefined();
    await dataSource.undoLastMigration();
  });

  it('asks for no key once tables are secured where there is no catalog', async () => {
    await shop.dataSource.query('alter table rowhouse.tenants rename to clients');
    const dataSource = await open();
    expect(await generate(dataSource)).toBe(source);
    await dataSource.runMigrations();
    expect(await generate(dataSource)).toBeUndefined();

    await dataSource.query('alter table rowhouse.clients rename to tenants');
    const late = await missingRowSecurity(dataSource, { systemRole: shop.roles.system });
    expect(late?.up).toEqual([]);
    expect(late?.upWithCatalog).toHaveLength(tables.length);
    await dataSource.undoLastMigration();
  });

  it('cannot be told of tables that do not exist', async () => {
    await shop.dataSource.query('create schema empty');
    const dataSource = await open({
      extra: { options: '-c search_path=empty' },
    } as Partial<DataSourceOptions>);
    const error = await generate(dataSource).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TenantTableMissingError);
    expect(error).toMatchObject({ code: 'TENANT_TABLE_MISSING' });
  });
});

it.each([
  ['Row Security', TIMESTAMP, /name:/],
  ['RowSecurity', 17, /timestamp:/],
])('refuses a migration named %p at %p', async (name, timestamp, message) => {
  await expect(rowSecurityMigration(shop.dataSource, name, timestamp)).rejects.toThrow(message);
});
