/** @suite postgres15 */
import type { MigrationInterface } from 'typeorm';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import { HistoryTables } from '../homes/history-tables.js';
import { type Home, homeOf, ROWS_HOME } from '../homes/home.js';
import type { HomeLedger } from '../homes/home-ledger.js';
import { MigrationSet } from '../homes/migration-set.js';
import { type DriftReport, findDrift } from './drift.js';

const First = migration('First1757000000001', [
  `create type state as enum ('draft', 'on sale')`,
  `create table products (id serial primary key, name text not null, state state default 'draft',
     country text references countries (code))`,
  'create table reviews (id serial primary key, product_id int references products (id))',
  'create index products_by_name on products (name)',
  `create view drafts as select id, name from products where state = 'draft'`,
  `create function shout() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$`,
  `create function here() returns text language sql set search_path from current as 'select current_schema()::text'`,
  'create trigger shout before insert on products for each row execute function shout()',
  'alter table products enable row level security, force row level security',
  'create policy everyone on products for all to public using (true)',
]);
const Second = migration('Second1757000000002', ['alter table products add column price int default 0']);

const classes = [First, Second];

let deployment: Deployment;
let ledger: HomeLedger;
const instances: MigrationInterface[] = classes.map((one) => new one());
const set = new MigrationSet(instances);
const all = set.tenant.map(({ name }) => name);

const drift = (...tenants: string[]): Promise<DriftReport> =>
  findDrift(deployment.parts(), tenants.length > 0 ? { tenants } : {});

/** Migrates a home of each kind. */
async function migrate(home: Home, names: readonly string[] = all): Promise<void> {
  const dataSource = await deployment.registry.directFor(home.tenant);
  const runner = dataSource.createQueryRunner();
  const tables = new HistoryTables(dataSource, home.kind === 'schema' ? home.tenant.schema : 'public');
  await tables.makeForTypeOrm(runner);
  const migrations = set.named(names);
  for (const { instance } of migrations) await instance.up(runner);
  for (const { text, values } of tables.recordStatements('up', migrations))
    await runner.query(text, [...(values ?? [])]);
  await runner.release();
  await ledger.setHistory(home, names);
}

async function alter(home: Home, ...statements: string[]): Promise<void> {
  const dataSource = await deployment.registry.directFor(home.tenant);
  for (const statement of statements) await dataSource.query(statement);
}

async function newHome(slug: string, names?: readonly string[]): Promise<Home> {
  const home = homeOf(await deployment.tenant(slug));
  await migrate(home, names);
  return home;
}

beforeAll(async () => {
  deployment = await openDeployment({ migrations: classes });
  ledger = deployment.parts().ledger;
  await deployment.catalog.query('create table countries (code text primary key)');
  await deployment.registry.homes.prepareDeployment();
});
afterAll(() => deployment.close());

describe('homes that equal the result of their migrations', () => {
  it('have not drifted, whatever their kind and their version', async () => {
    await newHome('acme');
    await newHome('behind', all.slice(0, 1));
    const initech = homeOf(await deployment.tenant('initech', { isolation: 'database' }));
    await alter(
      initech,
      'create table countries (code text primary key)',
      'create table migrations_shared (id serial, "timestamp" bigint, name text)',
    );
    await migrate(initech);
    await deployment.store.create({ slug: 'rowdy', isolation: 'row' });
    await migrate(ROWS_HOME);
    await deployment.catalog.query('alter table products add column owner uuid');
    await deployment.catalog.query('alter table products drop column owner');
    const report = await drift();
    expect(report).toEqual({ compared: 4, drifted: [], unknown: [], failed: [] });
  });

  it("are compared by the history in their own tables, if the catalog's record is missing or wrong", async () => {
    const [unnoted, mistaken] = [await newHome('unnoted'), await newHome('mistaken', all.slice(0, 1))];
    await deployment.catalog.query('delete from rowhouse.homes where id = $1', [unnoted.id]);
    await ledger.setHistory(mistaken, all);
    const report = await drift('unnoted', 'mistaken');
    expect(report).toMatchObject({ compared: 2, drifted: [], unknown: [] });
  });

  it('may be empty', async () => {
    const home = homeOf(await deployment.tenant('fresh'));
    await ledger.setHistory(home, []);
    await deployment.tenant('fresher');
    expect(await drift('fresh', 'fresher')).toMatchObject({ compared: 2, drifted: [], failed: [] });
  });
});

describe('a home that was changed by hand', () => {
  it.each([
    ['a', ['alter table products add column note text'], [['column', 'products.note', 'extra']]],
    ['b', ['drop index products_by_name'], [['index', 'products_by_name', 'missing']]],
    [
      'c',
      ['create or replace view drafts as select id, name from products'],
      [['view', 'drafts', 'different']],
    ],
    ['d', [`alter type state add value 'sold out'`], [['enum', 'state', 'different']]],
    ['e', ['alter table products disable trigger shout'], [['trigger', 'products.shout', 'different']]],
    ['f', ['alter table products no force row level security'], [['table', 'products', 'different']]],
    [
      'g',
      ['alter policy everyone on products using (false)'],
      [['policy', 'products.everyone', 'different']],
    ],
    ['h', ['alter table products alter price set default 1'], [['default', 'products.price', 'different']]],
    ['i', ['alter sequence products_id_seq increment 2'], [['sequence', 'products_id_seq', 'different']]],
    ['j', [`comment on table reviews is 'what they say'`], [['table', 'reviews', 'different']]],
    [
      'k',
      ['create or replace function shout() returns trigger language plpgsql as $$ begin return new; end $$'],
      [['function', 'shout()', 'different']],
    ],
    ['l', ['create table notes ()'], [['table', 'notes', 'extra']]],
    ['m', ['alter function here() set search_path to public'], [['function', 'here()', 'different']]],
  ] as const)('is reported, tenant-%s: %j', async (letter, statements, expected) => {
    const home = await newHome(`tenant-${letter}`);
    await alter(home, ...statements);
    const { drifted } = await drift(`tenant-${letter}`);
    expect(drifted.map(({ label }) => label)).toEqual([`tenant-${letter}`]);
    const found = drifted.flatMap(({ differences }) => differences);
    expect(found.map(({ kind, name, change }) => [kind, name, change])).toEqual(expected);
  });

  it('is reported with the expected and the actual definition', async () => {
    const home = await newHome('umbrella');
    await alter(home, 'drop view drafts', 'alter table products alter name type varchar(5)');
    expect((await drift('umbrella')).drifted[0]?.differences).toContainEqual({
      kind: 'column',
      name: 'products.name',
      change: 'different',
      expected: 'text not null',
      actual: 'character varying(5) not null',
    });
  });

  it('is found if it refers to a shared table with the same name', async () => {
    const home = await newHome('stray');
    await alter(
      home,
      'alter table reviews drop constraint reviews_product_id_fkey',
      'alter table reviews add constraint reviews_product_id_fkey foreign key (product_id) references public.products (id)',
    );
    const [found] = (await drift('stray')).drifted;
    expect(found?.differences).toEqual([
      {
        kind: 'constraint',
        name: 'reviews.reviews_product_id_fkey',
        change: 'different',
        expected: 'FOREIGN KEY (product_id) REFERENCES products(id)',
        actual: 'FOREIGN KEY (product_id) REFERENCES products(id)\nuses products in public',
      },
    ]);
  });

  it('is found in a tenant database, and in the tables of row tenants', async () => {
    const hooli = homeOf(await deployment.tenant('hooli', { isolation: 'database' }));
    await alter(hooli, 'create table countries (code text primary key)');
    await migrate(hooli);
    await alter(hooli, 'alter table products add column note text', 'drop function shout() cascade');
    await alter(ROWS_HOME, 'drop policy everyone on products');
    const { drifted } = await drift('hooli', 'rowdy');
    const changes = drifted.map(({ label, differences }) => [
      label,
      ...differences.map(({ name, change }) => `${change} ${name}`),
    ]);
    expect(changes).toEqual([
      ['hooli', 'extra products.note', 'missing shout()', 'missing products.shout'],
      ['(rows)', 'missing products.everyone'],
    ]);
    await alter(ROWS_HOME, 'create policy everyone on products for all to public using (true)');
  });

  it('is found if its schema is missing', async () => {
    await newHome('gone');
    await deployment.catalog.query('drop schema tenant_gone cascade');
    expect((await drift('gone')).drifted).toEqual([
      { label: 'gone', differences: [{ kind: 'schema', name: 'tenant_gone', change: 'missing' }] },
    ]);
  });
});

describe('a search for drift', () => {
  it('reports homes with migrations that this release does not have as unknown', async () => {
    const home = await newHome('ahead');
    await alter(home, `insert into migrations ("timestamp", "name") values (3, 'Third1757000000003')`);
    await ledger.setHistory(home, [...all, 'Third1757000000003']);
    expect(await drift('ahead')).toEqual({
      compared: 0,
      drifted: [],
      unknown: [{ label: 'ahead', migrations: ['Third1757000000003'] }],
      failed: [],
    });
  });

  it('continues when a home cannot be read', async () => {
    await deployment.store.create({ slug: 'homeless', isolation: 'database' });
    const report = await drift('homeless', 'acme');
    expect(report).toMatchObject({ compared: 1, drifted: [] });
    expect(report.failed.map(({ label }) => label)).toEqual(['homeless']);
  });

  it('reports its progress, and can be stopped', async () => {
    const progress: unknown[] = [];
    const selection = { tenants: ['acme', 'behind'] };
    await findDrift(deployment.parts(), selection, { onProgress: (step) => progress.push(step) });
    expect(progress).toEqual([{ done: 2, total: 2 }]);
    const stopped = findDrift(deployment.parts(), selection, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});
