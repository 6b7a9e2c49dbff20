import { type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';
import { ChangeBook } from './change-book.js';
import { type Deployment, migration, openDeployment } from './deployment.contract.js';
import { homeOf } from './home.js';
import { HomeLedger } from './home-ledger.js';
import { HomeMigrator } from './home-migrator.js';
import { MigrationSet } from './migration-set.js';

class Api1757000000002 implements MigrationInterface {
  async up(r: QueryRunner) {
    await r.createTable(
      new Table({
        name: 'orders',
        columns: [
          { name: 'id', type: 'int', isPrimary: true },
          { name: 'status', type: 'enum', enum: ['a', 'b'] },
          { name: 'product_id', type: 'int' },
        ],
        foreignKeys: [
          { columnNames: ['product_id'], referencedTableName: 'products', referencedColumnNames: ['id'] },
        ],
      }),
      true,
    );
    await r.addColumn('products', new TableColumn({ name: 'price', type: 'int', isNullable: true }));
  }
  async down(r: QueryRunner) {
    await r.dropColumn('products', 'price');
    await r.dropTable('orders');
  }
}
const migrations = [
  migration(
    'First1757000000001',
    ['create table products (id serial primary key, name text not null)'],
    ['drop table products'],
  ),
  Api1757000000002,
];

let d: Deployment;
beforeAll(async () => {
  d = await openDeployment({ migrations });
});
afterAll(() => d.close());

it('works', async () => {
  const set = new MigrationSet(d.registry.ambient.migrations);
  const book = new ChangeBook(d.registry, set);
  const ledger = new HomeLedger(d.catalog, set);
  const migrator = new HomeMigrator({ registry: d.registry, ledger, set, book, homeSchema: 'public' });
  const acme = await d.tenant('acme');
  const names = set.tenant.map(({ name }) => name);
  const recorded = await book.recordOf({ base: [], direction: 'up', names });
  console.log(JSON.stringify(recorded, (k, v) => (typeof v === 'symbol' ? String(v) : v), 1));
  console.log(
    await migrator.migrate(
      homeOf(acme),
      { base: [], direction: 'up', names: names.slice(0, 1) },
      { lockTimeoutMs: 1000, useScripts: true },
    ),
  );
  console.log(await migrator.historyOf(homeOf(acme)));
  console.log(
    await migrator.migrate(
      homeOf(acme),
      { base: names.slice(0, 1), direction: 'up', names: names.slice(1) },
      { lockTimeoutMs: 1000, useScripts: true },
    ),
  );
  console.log(
    await migrator.migrate(
      homeOf(acme),
      { base: names, direction: 'down', names: names.slice(1) },
      { lockTimeoutMs: 1000, useScripts: true },
    ),
  );
  console.log(await migrator.historyOf(homeOf(acme)), await ledger.homesBehind({}));
  const globex = await d.tenant('globex', { isolation: 'database' });
  console.log(
    await migrator.migrate(
      homeOf(globex),
      { base: [], direction: 'up', names },
      { lockTimeoutMs: 1000, useScripts: true },
    ),
    await ledger.matrix(),
  );
});
