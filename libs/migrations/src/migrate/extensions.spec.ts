/** @suite postgres15 */
import { TenantEntity } from '@rowhouse/typeorm';
import { Column, type DataSource, PrimaryGeneratedColumn } from 'typeorm';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';

@TenantEntity('parcels')
class Parcel {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() label!: string;
  @Column({ type: 'text', asExpression: 'lower(label)', generatedType: 'STORED', nullable: true })
  search!: string;
}

/** As TypeORM's own command writes it, for the database `shop`. */
const parcels = migration('Parcels1757000000001', [
  `INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value")
   VALUES ('shop', 'public', 'parcels', 'GENERATED_COLUMN', 'search', 'lower(label)')`,
  `CREATE TABLE "parcels" ("id" uuid NOT NULL DEFAULT uuid_generate_v4(), "label" character varying NOT NULL,
     "search" text GENERATED ALWAYS AS (lower(label)) STORED,
     "tenant_id" uuid NOT NULL DEFAULT uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+'))),
     CONSTRAINT "PK_parcels" PRIMARY KEY ("id"))`,
  'CREATE INDEX "parcels_tenant" ON "parcels" ("tenant_id")',
  'ALTER TABLE "parcels" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
  `CREATE POLICY own ON parcels USING (tenant_id = nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)`,
]);

let deployment: Deployment;

beforeEach(async () => {
  deployment = await openDeployment({ entities: [Parcel], migrations: [parcels] });
});
afterEach(() => deployment.close());

const ISOLATIONS = ['schema', 'row', 'database'] as const;

describe("TypeORM's default @PrimaryGeneratedColumn('uuid')", () => {
  it.each(ISOLATIONS)('needs nothing of the user for a tenant with isolation %s', async (isolation) => {
    const fleet = await deployment.fleet();
    const tenant = await fleet.tenants.create({ slug: 'acme', isolation });
    const saved = await deployment.registry.for(tenant).getRepository(Parcel).save({ label: 'Small' });
    expect(saved.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(ISOLATIONS)('nor where homes are made by hand, with isolation %s', async (isolation) => {
    const tenant = await deployment.tenant('acme', { isolation });
    const { registry } = deployment;
    await registry.for(tenant).runMigrations();
    const saved = await registry.for(tenant).getRepository(Parcel).save({ label: 'Small' });
    expect(saved.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an extension among the shared migrations', () => {
  const trigrams = migration('Trigrams1757000000000', ['create extension if not exists "pg_trgm"']);

  it.each(ISOLATIONS)('is made for a tenant with isolation %s', async (isolation) => {
    const fleet = await deployment.fleet([parcels], { sharedMigrations: [trigrams] });
    const tenant = await fleet.tenants.create({ slug: 'acme', isolation });
    const rows = await deployment.registry.for(tenant).query(`select similarity('a', 'a') as likeness`);
    expect(rows).toEqual([{ likeness: 1 }]);
    expect(await fleet.drift()).toMatchObject({ drifted: [], failed: [] });
  });

  it.each(ISOLATIONS)('may be there already, for a tenant with isolation %s', async (isolation) => {
    const words = migration('Words1757000000000', [
      `create table public.words (word text); -- create extension for
       CREATE EXTENSION pg_trgm with schema public; create index on public.words using gin (word public.gin_trgm_ops)`,
      'create extension "uuid-ossp"',
    ]);
    await deployment.pool.query('create extension pg_trgm; create extension if not exists "uuid-ossp"');
    const fleet = await deployment.fleet([parcels], { sharedMigrations: [words] });
    const tenant = await fleet.tenants.create({ slug: 'acme', isolation });
    const saved = await deployment.registry.for(tenant).getRepository(Parcel).save({ label: 'Small' });
    expect(saved.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is still refused in the migrations of tenants', async () => {
    const own = migration('Own1757000000002', ['create extension if not exists "pg_trgm"']);
    const fleet = await deployment.fleet([parcels, own]);
    for (const isolation of ['schema', 'database'] as const)
      await expect(fleet.tenants.create({ slug: `of-${isolation}`, isolation })).rejects.toThrow(
        /sharedMigrations/,
      );
  });
});

describe.each(ISOLATIONS)(
  'stored generated columns converge in the home of a tenant with isolation %s',
  (isolation) => {
    it('after synchronize()', async () => {
      const tenant = await deployment.tenant('acme', { isolation });
      const owner = await deployment.registry.directFor(tenant);
      await owner.synchronize();
      expect(await differences(owner)).toEqual([]);
    });

    it('after migrations of TypeORM itself, which name another database and schema', async () => {
      const tenant = await deployment.tenant('acme', { isolation });
      await deployment.registry.for(tenant).runMigrations();
      const found = await differences(await deployment.registry.directFor(tenant));
      expect(found.filter((text) => text.includes('"search"'))).toEqual([]);
    });
  },
);

async function differences({ driver }: DataSource): Promise<string[]> {
  const { upQueries } = await driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
