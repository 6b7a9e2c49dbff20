import { runScript, StatementReader } from '@rowhouse/core/internal';
import type pg from 'pg';
import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableCheck,
  TableColumn,
  TableForeignKey,
  TableIndex,
  TableUnique,
  View,
  ViewColumn,
  ViewEntity,
} from 'typeorm';
import { type Deployment, migration, openDeployment } from '../../deployment.fixture.js';
import { HistoryTables } from '../../homes/history-tables.js';
import { MigrationSet } from '../../homes/migration-set.js';
import { recordChange } from '../../recording/change-recorder.js';
import { scriptFor } from '../../recording/migration-recorder.js';
import { fingerprintsOf, readStructures, type StructureQuery } from './read-structures.js';
import { readSequenceStates } from './sequence-states.js';
import { differencesOf } from './structure-object.js';

/** An entity that needs TypeORM's metadata table. */
@ViewEntity({ name: 'cheap_products', expression: 'select id, name from products where price < 10' })
class CheapProduct {
  @ViewColumn() id!: number;
  @ViewColumn() name!: string;
}

class Shop1757000000001 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.createTable(
      new Table({
        name: 'products',
        columns: [
          { name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'name', type: 'varchar', length: '80' },
          { name: 'price', type: 'numeric', precision: 10, scale: 2, default: 0 },
          { name: 'state', type: 'enum', enum: ['draft', 'on sale'], default: "'draft'" },
          {
            name: 'labels',
            type: 'enum',
            enum: ['new', 'used'],
            enumName: 'label',
            isArray: true,
            isNullable: true,
          },
          {
            name: 'search_name',
            type: 'text',
            asExpression: 'lower(name)',
            generatedType: 'STORED',
            isNullable: true,
          },
        ],
        indices: [new TableIndex({ columnNames: ['name'], where: 'price > 0' })],
        checks: [new TableCheck({ expression: 'price >= 0' })],
        uniques: [new TableUnique({ columnNames: ['name', 'state'] })],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'orders',
        columns: [
          { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'identity' },
          { name: 'product_id', type: 'int' },
        ],
      }),
    );
    await runner.createForeignKey(
      'orders',
      new TableForeignKey({
        columnNames: ['product_id'],
        referencedTableName: 'products',
        referencedColumnNames: ['id'],
        onDelete: 'CASCADE',
      }),
    );
  }
  async down() {}
}

class Changes1757000000002 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.addColumn('orders', new TableColumn({ name: 'amount', type: 'int', default: 1 }));
    await runner.addColumn(
      'orders',
      new TableColumn({ name: 'way', type: 'enum', enum: ['post', 'pickup'], isNullable: true }),
    );
    await runner.createIndex('orders', new TableIndex({ columnNames: ['product_id', 'amount'] }));
    await runner.changeColumn(
      'products',
      'state',
      new TableColumn({
        name: 'state',
        type: 'enum',
        enum: ['draft', 'on sale', 'sold out'],
        default: "'draft'",
      }),
    );
    await runner.renameColumn('products', 'name', 'title');
    await runner.createView(
      new View({ name: 'prices', expression: 'select title, price from products' }),
      true,
    );
    await runner.query('insert into products (title, price) values ($1, $2), ($3, $4)', [
      'Tea',
      3,
      'Pot',
      20,
    ]);
  }
  async down() {}
}

const Sql1757000000003 = migration('Sql1757000000003', [
  `create type mood as enum ('glad', 'sad')`,
  'create domain positive as int check (value > 0) not null',
  'create type point_of_sale as (name text, mood mood)',
  `create table visits (
     id int generated always as identity (start 100 increment 5) primary key,
     number serial, mood mood default 'glad', amount positive default 1, place point_of_sale,
     during tstzrange, exclude using gist (during with &&))`,
  'create sequence invoice_numbers start 1000 increment 10 cache 5 cycle maxvalue 99999',
  `select setval('invoice_numbers', 2000)`,
  `select nextval('invoice_numbers')`,
  `alter table visits add column invoice bigint default nextval('invoice_numbers')`,
  `insert into visits (mood) select 'sad' from generate_series(1, 3)`,
  `create function touched() returns trigger language plpgsql as $$ begin new.amount := 2; return new; end $$`,
  'create trigger touch before update on visits for each row execute function touched()',
  'alter table visits disable trigger touch',
  'create function total() returns bigint language sql stable return (select sum(amount) from visits)',
  'alter table visits enable row level security, force row level security',
  "create policy glad on visits for select to public using (mood = 'glad'::mood)",
  'create rule no_delete as on delete to orders do instead nothing',
  'create statistics visits_of_mood on mood, amount from visits',
  'create materialized view totals as select mood, count(*) from visits group by mood',
  'create unique index on totals (mood)',
  'create table events (id int, at date not null, primary key (id, at)) partition by range (at)',
  `create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01')`,
  `comment on table visits is 'who came'`,
  `comment on column visits.mood is 'how'`,
  'create unlogged table carts (id uuid primary key, unique nulls not distinct (id)) with (fillfactor = 70)',
  'create procedure empty_carts() language sql as $$ delete from carts $$',
]);

const migrations = [Shop1757000000001, Changes1757000000002, Sql1757000000003];

let deployment: Deployment;
let query: StructureQuery;

beforeAll(async () => {
  deployment = await openDeployment({ migrations, entities: [CheapProduct] });
  query = async (text, values) => (await deployment.catalog.query(text, values)).rows;
});
afterAll(() => deployment.close());

/** Migrates a home without scripts. */
async function migrateByClasses(slug: string): Promise<string> {
  const tenant = await deployment.tenant(slug);
  const dataSource = await deployment.registry.directFor(tenant);
  const runner = dataSource.createQueryRunner();
  const tables = new HistoryTables(dataSource, tenant.schema);
  await tables.makeForTypeOrm(runner);
  for (const { instance } of new MigrationSet(dataSource.migrations).tenant) {
    await runner.startTransaction();
    await instance.up(runner);
    await runner.commitTransaction();
  }
  await runner.release();
  return tenant.schema;
}

async function migrateByScript(slug: string): Promise<string> {
  const tenant = await deployment.tenant(slug);
  const { registry } = deployment;
  const recorded = await recordChange(registry, await StatementReader.load(), {
    base: [],
    direction: 'up',
    migrations: new MigrationSet(registry.ambient.migrations).tenant,
  });
  expect(recorded.migrations.map(({ dataDependence }) => dataDependence)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const runner = (await registry.directFor(tenant)).createQueryRunner();
  const client: pg.PoolClient = await runner.connect();
  const script = [recorded.prelude, ...recorded.migrations.map(({ script }) => script)].flat();
  await runScript(client, scriptFor(script, tenant));
  await runner.release();
  return tenant.schema;
}

describe('a recorded script', () => {
  it('has the same result as the classes: each object, each sequence, each row', async () => {
    const [byClasses, byScript] = [await migrateByClasses('classes'), await migrateByScript('script')];
    const structures = await readStructures(query, [byClasses, byScript]);
    const reference = structures.get(byClasses) ?? [];
    expect(differencesOf(reference, structures.get(byScript) ?? [])).toEqual([]);
    expect([...new Set(reference.map(({ kind }) => kind))].sort()).toEqual([
      'column',
      'composite type',
      'constraint',
      'default',
      'domain',
      'enum',
      'function',
      'index',
      'materialized view',
      'policy',
      'procedure',
      'rule',
      'sequence',
      'statistics',
      'table',
      'trigger',
      'view',
    ]);
    const fingerprints = await fingerprintsOf(query, [byClasses, byScript]);
    expect(fingerprints.get(byScript)).toBe(fingerprints.get(byClasses));

    const states = await readSequenceStates(query, byClasses);
    expect(states).toContainEqual({
      sequence: 'invoice_numbers',
      lastValue: expect.anything(),
      isCalled: true,
    });
    expect(states).toContainEqual({ sequence: 'products_id_seq', lastValue: '2', isCalled: true });
    expect(await readSequenceStates(query, byScript)).toEqual(states);

    for (const table of ['products', 'visits']) {
      const rowsOf = (schema: string) => query(`select * from "${schema}"."${table}" order by id`, []);
      expect(await rowsOf(byScript)).toEqual(await rowsOf(byClasses));
    }
    const metadata = await query(
      `select a.type, a.name, a.value, a.database, a.table from "${byClasses}".typeorm_metadata a
       except select b.type, b.name, b.value, b.database, b.table from "${byScript}".typeorm_metadata b`,
      [],
    );
    expect(metadata).toEqual([]);
  });
});
