/** @suite postgres15 */
import { TenantEntity } from '@rowhouse/typeorm';
import fc from 'fast-check';
import {
  Column,
  type ColumnOptions,
  type DataSource,
  Entity,
  Index,
  type MigrationInterface,
  PrimaryGeneratedColumn,
  type QueryRunner,
  ViewColumn,
  ViewEntity,
} from 'typeorm';
import { type Deployment, openDeployment } from '../deployment.fixture.js';
import { MigrationFailedError } from '../errors.js';
import { releases } from './entity-models.fixture.js';
import { asMigration, FIRST, releasesOf } from './releases.fixture.js';
import { typeormShapes } from './typeorm-shapes.fixture.js';

/** How many models of entities the property is checked with; GENERATE_MODELS asks for more. */
const MODELS = Number(process.env['GENERATE_MODELS'] ?? 10);

let deployment: Deployment;
const { withRelease, generateTwice } = releasesOf(() => deployment);

beforeAll(async () => {
  deployment = await openDeployment();
  for (const name of ['uuid-ossp', 'citext', 'hstore', 'cube', 'ltree', 'btree_gist'])
    await deployment.pool.query(`create extension "${name}"`);
});
afterAll(() => deployment.close());

/** TypeORM has no way for some changes, such as from a generated column to one with a default. */
function unlessNotPossible(error: Error): undefined {
  if (!error.message.includes('PostgreSQL refuses what TypeORM writes')) throw error;
}

describe('generate comes to rest', () => {
  it.each<[string, object]>([
    [
      'an enumName equal to the automatic name',
      { type: 'enum', enum: ['a', 'b'], enumName: 'thing_value_enum' },
    ],
    ['an enumName of its own', { type: 'enum', enum: ['a', 'b'], enumName: 'letters', default: 'a' }],
    ['a jsonb default', { type: 'jsonb', default: { bb: 1, a: [] } }],
    ['a jsonb default that is text', { type: 'jsonb', default: '{"bb": 1, "a": []}' }],
    ["default: 'false' on a boolean", { type: 'boolean', default: 'false' }],
    ['an expression', { type: 'timestamptz', default: () => "now() + interval '30 days'" }],
    ['an expression in capitals', { type: 'text', default: () => "UPPER('a' || 'B')" }],
    ['an array', { type: 'text', array: true, default: () => "ARRAY['a', 'B']" }],
    ['a numeric default', { type: 'numeric', precision: 10, scale: 2, default: '1.50' }],
    ['a generated column', { type: 'int', asExpression: 'id * 2', generatedType: 'STORED' }],
    ['a comment', { type: 'text', comment: "the warehouse's \\ note" }],
    ['an interval', { type: 'interval', default: '2 weeks' }],
  ])('after %s', async (_, options) => {
    @Entity('thing')
    class Thing {
      @PrimaryGeneratedColumn() id!: number;
      @Column(options) value!: unknown;
    }
    const { first, rest } = await generateTwice([Thing]);
    expect(first?.source).toContain('CREATE TABLE');
    expect(rest).toBeUndefined();
  });

  it('and still finds what differs, and nothing else beside it', async () => {
    const migrations: MigrationInterface[] = [];
    const release = (days: number, length: number) => {
      @Entity('thing')
      class Thing {
        @PrimaryGeneratedColumn('uuid') id!: string;
        @Column({ type: 'enum', enum: ['a'], enumName: 'thing_kind_enum' }) kind!: string;
        @Column('jsonb', { default: { b: 1, aa: 2 } }) options!: object;
        @Column({ type: 'numeric', precision: length, scale: 2, default: '1.50' }) price!: string;
        @Column({ type: 'timestamptz', default: () => `now() + interval '${days} days'` }) until!: Date;
      }
      return [Thing];
    };
    await generateTwice(release(30, 10), migrations);
    const { first, rest } = await generateTwice(release(60, 12), migrations);
    expect(first?.up.map(({ text }) => text)).toEqual([
      `ALTER TABLE "thing" ALTER COLUMN "price" TYPE numeric(12,2)`,
      `ALTER TABLE "thing" ALTER COLUMN "until" SET DEFAULT now() + interval '60 days'`,
    ]);
    expect(first?.downError).toBeUndefined();
    expect(rest).toBeUndefined();
  });

  it('or says which statement of TypeORM PostgreSQL refuses', async () => {
    const release = (options: ColumnOptions) => {
      @Entity('thing')
      class Thing {
        @PrimaryGeneratedColumn() id!: number;
        @Column({ type: 'int', ...options }) value!: number;
      }
      return [Thing];
    };
    const migrations: MigrationInterface[] = [];
    await generateTwice(release({ asExpression: 'id * 2', generatedType: 'STORED' }), migrations);
    const failing = generateTwice(release({ default: 1 }), migrations);
    await expect(failing).rejects.toThrow(MigrationFailedError);
    await expect(failing).rejects.toThrow(/is a generated column \(ALTER TABLE "thing" .+ DEFAULT .+by hand/);
  });

  it('in shared tables', async () => {
    @Entity({ name: 'rates', schema: 'public' })
    class Rate {
      @PrimaryGeneratedColumn() id!: number;
      @Column({ type: 'enum', enum: ['a', 'b'], enumName: 'rates_kind_enum', default: 'a' }) kind!: string;
      @Column('jsonb', { default: { b: 1, aa: 2 } }) options!: object;
      @Column({ type: 'timestamptz', default: () => "now() + interval '1 day'" }) until!: Date;
      @Column({ type: 'int', asExpression: 'id  * 2', generatedType: 'STORED' }) twice!: number;
    }
    const migrations: MigrationInterface[] = [];
    await withRelease([Rate], migrations, async (generate) => {
      const first = await generate({ name: 'Shared', shared: true });
      expect(first?.source).toContain('CREATE TABLE "rates"');
      if (first) migrations.push(asMigration(first));
      expect(await generate({ name: 'SharedAgain', shared: true })).toBeUndefined();
    });
  });

  it('after migrations of TypeORM itself, which name the schema and the database', async () => {
    @Entity('thing')
    class Thing {
      @PrimaryGeneratedColumn() id!: number;
      @Column({ type: 'int', asExpression: 'id * 2', generatedType: 'STORED' }) twice!: number;
    }
    @ViewEntity({ name: 'things', expression: 'SELECT "id" FROM "thing"' })
    class Things {
      @ViewColumn() id!: number;
    }
    const ofTypeOrm: MigrationInterface = {
      name: `Init${FIRST}`,
      async up(runner) {
        await runner.query(
          'create table thing (id serial, twice int generated always as (id * 2) stored not null)',
        );
        await runner
          .query('alter table thing add constraint "PK_d832b2ee2ba7f3b8c6d3a9cd5a8" primary key (id)')
          .catch(() => {});
        await runner.query('create view things as select id from thing');
        await runner.query(
          `insert into typeorm_metadata (database, schema, "table", type, name, value) values
             ('shop', 'public', 'thing', 'GENERATED_COLUMN', 'twice', 'id * 2'),
             (default, 'public', null, 'VIEW', 'things', 'SELECT "id" FROM "thing"')`,
        );
      },
      async down() {},
    };
    expect((await generateTwice([Thing, Things], [ofTypeOrm])).first?.up).toBeUndefined();
  });

  it('after an index that is made CONCURRENTLY, which the tables of a transaction cannot have', async () => {
    @Entity('thing')
    @Index('by_name', ['name'], { concurrent: true })
    class Thing {
      @PrimaryGeneratedColumn() id!: number;
      @Column() name!: string;
    }
    const { first, rest } = await generateTwice([Thing]);
    expect(first?.source).toContain('CREATE INDEX "by_name"');
    expect(rest).toBeUndefined();
  });

  it.each(typeormShapes)('for entities with %s', async (_, entities) => {
    const { first, rest } = await generateTwice(entities());
    expect(first?.downError).toBeUndefined();
    expect(rest).toBeUndefined();
  });

  it('with any entities, and after any change of them that TypeORM can write', async () => {
    const property = fc.asyncProperty(releases, async ([entities = [], later = []]) => {
      const migrations: MigrationInterface[] = [];
      const { first, rest } = await generateTwice(entities, migrations);
      expect(first).toBeDefined();
      expect(rest).toBeUndefined();
      const changed = await generateTwice(later, migrations).catch(unlessNotPossible);
      expect(changed?.rest).toBeUndefined();
    });
    await fc.assert(property, { numRuns: MODELS, endOnFailure: true });
  }, 600_000);
});

describe('a view over rows of tenants', () => {
  const shop = (limit: number) => {
    @TenantEntity('products')
    class Product {
      @PrimaryGeneratedColumn() id!: number;
      @Column('int') price!: number;
    }
    @Entity('colours')
    class Colour {
      @PrimaryGeneratedColumn() id!: number;
    }
    @ViewEntity({
      name: 'cheap',
      expression: (dataSource: DataSource) =>
        dataSource.createQueryBuilder().select('p.id', 'id').from(Product, 'p').where(`p.price < ${limit}`),
    })
    class Cheap {
      @ViewColumn() id!: number;
    }
    @ViewEntity({ name: 'cheapest', expression: 'SELECT "id" FROM "cheap"', dependsOn: [Cheap] })
    class Cheapest {
      @ViewColumn() id!: number;
    }
    @ViewEntity({ name: 'all_colours', expression: 'SELECT "id" FROM "colours"' })
    class AllColours {
      @ViewColumn() id!: number;
    }
    return [Product, Colour, Cheap, Cheapest, AllColours];
  };

  it('reads them as whoever asks, also when it is made again or reverted', async () => {
    const migrations: MigrationInterface[] = [];
    const { first, rest } = await generateTwice(shop(10), migrations);
    const settings = (texts: readonly { text: string }[] = []) =>
      texts.map(({ text }) => text).filter((text) => /security_invoker/.test(text));
    expect(settings(first?.up)).toEqual([
      'alter view "cheap" set (security_invoker = true)',
      'alter view "cheapest" set (security_invoker = true)',
    ]);
    expect(rest).toBeUndefined();

    const later = await generateTwice(shop(20), migrations);
    expect(settings(later.first?.up)).toEqual(settings(first?.up));
    expect(settings(later.first?.down).filter((text) => text.includes('SET'))).toHaveLength(2);
    expect(later.first?.downError).toBeUndefined();
    expect(later.rest).toBeUndefined();
  });

  it('shows a tenant with isolation row its own rows, and those of nobody else', async () => {
    // A tenant with isolation row has no entities that it would share.
    const entities = shop(10).filter(({ name }) => !name.includes('Colour'));
    const { first } = await generateTwice(entities);
    class Views1757000000001 implements MigrationInterface {
      async up(runner: QueryRunner) {
        for (const { text, values = [] } of first?.up ?? [])
          await runner.query(text.replace(deployment.prefix, own.prefix), [...values]);
      }
      async down() {}
    }
    const own = await openDeployment({ entities, migrations: [Views1757000000001] });
    try {
      const fleet = await own.fleet();
      for (const slug of ['acme', 'globex']) {
        const tenant = await fleet.tenants.create({ slug, isolation: 'row' });
        const dataSource = own.registry.for(tenant);
        await dataSource.query('insert into products (price) values (5), (15)');
        for (const view of ['cheap', 'cheapest'])
          expect(await dataSource.query(`select id from ${view}`)).toHaveLength(1);
      }
    } finally {
      await own.close();
    }
  });
});

describe('in a fresh database, before the roles of the deployment exist', () => {
  it('policies are generated, and the roles are not left behind', async () => {
    @TenantEntity('notes')
    class Note {
      @PrimaryGeneratedColumn() id!: number;
    }
    const { first, rest } = await generateTwice([Note]);
    expect(first?.source).toContain(`create policy`);
    expect(rest).toBeUndefined();
    const { rows } = await deployment.pool.query(
      'select rolname from pg_roles where starts_with(rolname, $1)',
      [deployment.prefix],
    );
    expect(rows).toEqual([]);
  });
});
