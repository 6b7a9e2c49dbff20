/** @suite postgres15 */
import { randomUUID } from 'node:crypto';
import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableColumn,
  ViewColumn,
  ViewEntity,
} from 'typeorm';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import { MigrationFailedError } from '../errors.js';
import { type Home, homeOf } from '../homes/home.js';
import type { HomeLedger } from '../homes/home-ledger.js';
import { HomeMigrator } from './home-migrator.js';
import { HistoryChangedError } from './migration-errors.js';

const first = migration('First1757000000001', [
  'create table products (id serial primary key, name text not null)',
]);

/** Uses TypeORM's API, which reads PostgreSQL's catalog, names schemas and sends several statements in one text. */
class Api1757000000002 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.createTable(
      new Table({
        name: 'orders',
        columns: [
          { name: 'id', type: 'int', isPrimary: true, isGenerated: true },
          { name: 'status', type: 'enum', enum: ['new', 'paid'], default: `'new'`, comment: 'where it is' },
          { name: 'product_id', type: 'int' },
        ],
        foreignKeys: [
          { columnNames: ['product_id'], referencedTableName: 'products', referencedColumnNames: ['id'] },
        ],
      }),
      true,
    );
    if (!(await runner.hasColumn('products', 'price')))
      await runner.addColumn('products', new TableColumn({ name: 'price', type: 'int', isNullable: true }));
  }
  async down(runner: QueryRunner) {
    await runner.dropColumn('products', 'price');
    await runner.dropTable('orders');
  }
}

@ViewEntity({ name: 'names', expression: 'select name from products' })
class Names {
  @ViewColumn() name!: string;
}

class Clock1757000000003 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('create table clock (at text)');
    await runner.query(`insert into clock values ('${process.hrtime.bigint()}')`);
  }
  async down() {}
}

const classes = [first, Api1757000000002, Clock1757000000003];
const [one, two, three] = classes.map(({ name }) => name) as [string, string, string];

let deployment: Deployment;
let migrator: HomeMigrator;
let ledger: HomeLedger;
let homes: Home[];

beforeAll(async () => {
  deployment = await openDeployment({ migrations: classes, entities: [Names] });
  const parts = deployment.parts();
  ledger = parts.ledger;
  migrator = new HomeMigrator(parts);
  homes = [];
  for (const slug of ['a', 'b', 'c', 'd']) homes.push(homeOf(await deployment.tenant(slug)));
});
afterAll(() => deployment.close());

const step =
  (base: string[], direction: 'up' | 'down', names: string[], useScripts = true) =>
  async (home: Home) =>
    migrator.migrate(home, { base, direction, names }, { lockTimeoutMs: 5_000, useScripts });

async function each(work: (home: Home) => Promise<string>): Promise<string[]> {
  const methods: string[] = [];
  for (const home of homes) methods.push(await work(home));
  return methods;
}

const query = async (home: Home | undefined, sql: string) =>
  (await deployment.registry.directFor((home as Home).tenant)).query(sql);

describe('HomeMigrator', () => {
  it('migrates empty homes by the classes, TypeORM’s own tables included', async () => {
    expect(await each(step([], 'up', [one]))).toEqual(['classes', 'classes', 'classes', 'classes']);
    expect(await query(homes[3], `select to_regclass('typeorm_metadata') is not null as there`)).toEqual([
      { there: true },
    ]);
  });

  it('migrates homes by the statements recorded in the first two', async () => {
    expect(await each(step([one], 'up', [two]))).toEqual(['classes', 'classes', 'script', 'script']);
    const [comment] = await query(
      homes[3],
      `select col_description('orders'::regclass, 2) as text, udt_schema = current_schema() as own
         from information_schema.columns where table_name = 'orders' and column_name = 'status' and table_schema = current_schema()`,
    );
    expect(comment).toEqual({ text: 'where it is', own: true });
    for (const home of homes) {
      expect(await migrator.readHistory(home)).toEqual([one, two]);
      expect(await ledger.historyOf(home)).toEqual([one, two]);
    }
  });

  it('reverts in the same way', async () => {
    expect(await each(step([one, two], 'down', [two]))).toEqual(['classes', 'classes', 'script', 'script']);
    expect(await query(homes[3], `select to_regclass('orders') as gone`)).toEqual([{ gone: null }]);
    expect(await each(step([one], 'up', [two], false))).toEqual(['classes', 'classes', 'classes', 'classes']);
  });

  it('runs the class in each home if its statements differ', async () => {
    expect(await each(step([one, two], 'up', [three]))).toEqual(['classes', 'classes', 'classes', 'classes']);
    const times = await Promise.all(
      homes.map(async (home) => (await query(home, 'select at from clock'))[0].at),
    );
    expect(new Set(times).size).toBe(4);
  });

  it.each([true, false])(
    'says when a home is not what it was thought to be (scripts: %s)',
    async (useScripts) => {
      for (const home of homes)
        await expect(step([one], 'up', [two], useScripts)(home)).rejects.toThrow(HistoryChangedError);
      expect(await migrator.readHistory(homes[0] as Home)).toEqual([one, two, three]);
    },
  );

  it('runs the classes if the script fails in a home, and names the migration that fails', async () => {
    for (const home of homes) {
      await query(home, 'drop table clock');
      await query(home, `delete from migrations where name = '${three}'`);
      await query(home, `delete from migrations where name = '${two}'`);
      await query(home, 'drop table orders; drop type orders_status_enum; alter table products drop price');
    }
    // This home already has the column. The class checks for it, the script does not.
    await query(homes[3], 'alter table products add price int');
    await query(homes[2], 'create table orders (n int)');
    const again = step([one], 'up', [two]);
    expect(await again(homes[0] as Home)).toBe('script');
    expect(await again(homes[3] as Home)).toBe('classes');
    await query(homes[2], 'drop table orders; create type orders_status_enum as enum ()');
    const failing = again(homes[2] as Home);
    await expect(failing).rejects.toThrow(MigrationFailedError);
    await expect(failing).rejects.toThrow(/^Api1757000000002: invalid input value for enum/);
    expect(await migrator.readHistory(homes[2] as Home)).toEqual([one]);
  });

  it.each<[string, string[], RegExp]>([
    [
      'of a text, by its place in the text',
      [
        'create table a (n int);\n\n-- the second\ncreate table b (n int);\ninsert into a values (1),\n  (nope);',
      ],
      /^Broken1757000000009: column "nope" does not exist \(statement 3, line 6: insert into a values \(1\), \(nope\)\)$/,
    ],
    [
      'that fails while it runs, by the line in which it begins',
      [
        'create table a (n int check (n > 0));\n  insert into a values (1);\n/* and */ insert into a values (0); select 1',
      ],
      /^Broken1757000000009: new row .+ \(statement 3, line 3: insert into a values \(0\)\)$/,
    ],
    [
      'among several queries, by its number',
      ['create table a (n int)', 'create table b (n int); drop table b', 'drop table nope'],
      /^Broken1757000000009: table "nope" does not exist \(statement 4: drop table nope\)$/,
    ],
    [
      'that is the only one, without its number',
      ['drop table nope'],
      /^Broken1757000000009: table "nope" does not exist \(drop table nope\)$/,
    ],
  ])('names the failing statement %s', async (_, statements, message) => {
    const parts = deployment.parts(
      await deployment.release([first, migration('Broken1757000000009', statements)]),
    );
    const home = homeOf(await deployment.tenant(`broken-${randomUUID().slice(0, 8)}`));
    const failing = new HomeMigrator(parts).migrate(
      home,
      { base: [], direction: 'up', names: ['Broken1757000000009'] },
      { lockTimeoutMs: 5_000, useScripts: true },
    );
    await expect(failing).rejects.toThrow(message);
  });
});
