import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Tenant } from '@rowhouse/core';
import { rolesOf, runScript, StatementReader } from '@rowhouse/core/internal';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import type { MigrationInterface } from 'typeorm';
import ts from 'typescript';
import { type Deployment, openDeployment } from '../deployment.fixture.js';
import { readStructures } from '../drift/structure/read-structures.js';
import { differencesOf } from '../drift/structure/structure-object.js';
import { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { type Home, homeOf, ROWS_HOME } from '../homes/home.js';
import { MigrationSet } from '../homes/migration-set.js';
import { recordChange } from '../recording/change-recorder.js';
import { scriptFor } from '../recording/migration-recorder.js';
import { type GeneratedMigration, type GenerateOptions, generateMigration } from './generate-migration.js';
import { type EntityClass, referenceEntities, shopEntities } from './shop.fixture.js';

const FIRST = 1_757_000_000_001;
const SECOND = 1_757_000_000_002;

let folder: string;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rowhouse-generate-'));
});
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
  await rm(folder, { recursive: true });
});

/** An app with these entities, on an existing deployment. */
async function release(deployment: Deployment, entities: EntityClass[]): Promise<DataSourceRegistry> {
  const { database, tenancy } = deployment;
  const ambient = await openTenantDataSource(
    { type: 'postgres', url: database.loginUrl, poolSize: 2, entities },
    tenancy,
  );
  const registry = new DataSourceRegistry({ ambient, directUrl: database.url, tenancy });
  opened.push({
    close: async () => {
      await registry.close();
      await ambient.destroy();
    },
  });
  return registry;
}

async function deploy(): Promise<Deployment> {
  const deployment = await openDeployment();
  opened.push(deployment);
  await deployment.registry.homes.prepareDeployment();
  return deployment;
}

/** Compiles and loads the file, as the app does. */
async function load({ className, source }: GeneratedMigration): Promise<MigrationInterface> {
  const compiled = ts.transpileModule(source, { reportDiagnostics: true });
  expect(compiled.diagnostics).toEqual([]);
  const file = join(folder, `${className}.ts`);
  await writeFile(file, source);
  const loaded = await import(file);
  return new loaded[className]();
}

/** Dependencies between objects of different schemas, without extensions. */
const CROSSING = `
  with objects as (
    select 'pg_class'::regclass as class, oid, relnamespace as namespace from pg_class
    union all select 'pg_type'::regclass, oid, typnamespace from pg_type
    union all select 'pg_proc'::regclass, oid, pronamespace from pg_proc
    union all select 'pg_constraint'::regclass, oid, connamespace from pg_constraint
    union all select 'pg_attrdef'::regclass, d.oid, c.relnamespace from pg_attrdef d join pg_class c on c.oid = d.adrelid
    union all select 'pg_rewrite'::regclass, r.oid, c.relnamespace from pg_rewrite r join pg_class c on c.oid = r.ev_class
    union all select 'pg_trigger'::regclass, t.oid, c.relnamespace from pg_trigger t join pg_class c on c.oid = t.tgrelid
    union all select 'pg_policy'::regclass, p.oid, c.relnamespace from pg_policy p join pg_class c on c.oid = p.polrelid)
  select pg_describe_object(d.classid, d.objid, d.objsubid) as dependent,
         pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) as on
    from pg_depend d
    join objects o on o.class = d.classid and o.oid = d.objid
    join objects r on r.class = d.refclassid and r.oid = d.refobjid
   where o.namespace <> r.namespace
     and not exists (select from pg_depend e where e.classid = r.class and e.objid = r.oid and e.deptype = 'e')
     and o.namespace::regnamespace::text = any($1) and r.namespace::regnamespace::text = any($1)`;

/** The registry of a release with these migrations. */
function partsOf(
  { catalog, prefix }: Deployment,
  registry: DataSourceRegistry,
  set: MigrationSet,
): FleetDeployment {
  const systemRole = rolesOf(prefix).system;
  return new FleetDeployment({ registry, catalog, set, homeSchema: 'public', systemRole });
}

describe('a generated migration', () => {
  let deployment: Deployment;
  let homes: Home[];
  const instances: MigrationInterface[] = [];

  const generate = (registry: DataSourceRegistry, options: GenerateOptions) =>
    generateMigration(partsOf(deployment, registry, new MigrationSet(instances)), options);

  /** Runs the last migration in each home: at Globex the statements recorded in a scratch home, elsewhere the class. */
  async function migrate(registry: DataSourceRegistry): Promise<void> {
    const { tenant: all } = new MigrationSet(instances);
    const recorded = await recordChange(registry, await StatementReader.load(), {
      base: all.slice(0, -1),
      direction: 'up',
      migrations: all.slice(-1),
    });
    expect(recorded.migrations.map(({ dataDependence }) => dataDependence)).toEqual([undefined]);
    const script = recorded.migrations.flatMap((migration) => migration.script);
    for (const { label, tenant } of homes) {
      const runner = (await registry.directFor(tenant)).createQueryRunner();
      await runner.startTransaction();
      if (label === 'globex') await runScript(await runner.connect(), scriptFor(script, tenant));
      else await instances.at(-1)?.up(runner);
      await runner.commitTransaction();
      await runner.release();
    }
  }

  /** The tables that every home has before its first migration. */
  async function makeHistoryTables(registry: DataSourceRegistry): Promise<void> {
    for (const { tenant } of homes) {
      const dataSource = await registry.directFor(tenant);
      const runner = dataSource.createQueryRunner();
      const schema = tenant.isolation === 'schema' ? tenant.schema : 'public';
      const tables = new HistoryTables(dataSource, schema);
      await tables.makeForTypeOrm(runner);
      await runner.release();
    }
  }

  async function differenceIn(registry: DataSourceRegistry, tenant: Tenant): Promise<string[]> {
    const { driver } = await registry.directFor(tenant);
    const { upQueries } = await driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  }

  async function expectNoDifference(registry: DataSourceRegistry): Promise<void> {
    for (const { tenant } of homes) expect(await differenceIn(registry, tenant)).toEqual([]);
    const { rows: crossing } = await deployment.catalog.query(CROSSING, [
      ['tenant_acme', 'tenant_globex', 'public'],
    ]);
    expect(crossing).toEqual([]);
    const catalogs = await readStructures(
      async (text, values) => (await deployment.catalog.query(text, values)).rows,
      ['tenant_acme', 'tenant_globex'],
    );
    const [acme = [], globex = []] = [...catalogs.values()];
    expect(acme.length).toBeGreaterThan(50);
    expect(differencesOf(acme, globex)).toEqual([]);
  }

  beforeAll(async () => {
    deployment = await deploy();
    await deployment.catalog.query('create extension "uuid-ossp"');
    const [acme, globex] = [await deployment.tenant('acme'), await deployment.tenant('globex')];
    const initech = await deployment.tenant('initech', { isolation: 'database' });
    const owner = (await deployment.registry.directFor(initech)).createQueryRunner();
    await owner.query('create extension if not exists "uuid-ossp"');
    await owner.release();
    homes = [homeOf(acme), homeOf(globex), homeOf(initech), ROWS_HOME];
  });

  it('creates all tables of a new app, in homes of each kind', async () => {
    const registry = await release(deployment, shopEntities({ isLater: false }));
    const generated = await generate(registry, { name: 'Shop', timestamp: FIRST });
    expect(generated?.source).toContain(`export class Shop${FIRST} implements MigrationInterface`);
    expect(generated?.source).not.toMatch(/"?public"?\.|rowhouse_scratch|\$1.*undefined/);
    expect(generated?.source).not.toContain(deployment.database.name);
    expect(generated?.downError).toBeUndefined();
    if (generated) instances.push(await load(generated));

    expect(await generate(registry, { name: 'Again' })).toBeUndefined();
    await makeHistoryTables(registry);
    await migrate(registry);
    await expectNoDifference(registry);
  });

  it('adds row-level security, and foreign keys to the catalog in tables that tenants share', async () => {
    const { rows } = await deployment.catalog.query(
      `select n.nspname as schema, c.relrowsecurity and c.relforcerowsecurity as secured,
              exists (select from pg_constraint where conrelid = c.oid and conname = 'rowhouse_tenant') as tied
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relname in ('products', 'product_tags') and n.nspname in ('tenant_acme', 'public') order by 1`,
    );
    expect(rows).toEqual([
      { schema: 'public', secured: true, tied: true },
      { schema: 'public', secured: true, tied: true },
      { schema: 'tenant_acme', secured: true, tied: false },
      { schema: 'tenant_acme', secured: true, tied: false },
    ]);
  });

  it('contains the changes of the entities', async () => {
    const registry = await release(deployment, shopEntities({ isLater: true }));
    const generated = await generate(registry, { name: 'Later', timestamp: SECOND });
    expect(generated?.source).toContain('sold out');
    expect(generated?.source).toContain('DROP INDEX "products_by_state"');
    expect(generated?.source).not.toMatch(/"?public"?\.|rowhouse_scratch/);
    expect(generated?.source).not.toContain('policy');
    expect(generated?.downError).toBeUndefined();
    if (generated) instances.push(await load(generated));

    expect(await generate(registry, { name: 'Again' })).toBeUndefined();
    await migrate(registry);
    await expectNoDifference(registry);
  });

  it('can be reverted', async () => {
    const [acme] = homes;
    const dataSource = await deployment.registry.directFor(acme?.tenant as Tenant);
    const runner = dataSource.createQueryRunner();
    for (const instance of instances.toReversed()) await instance.down(runner);
    await runner.release();
    const catalogs = await readStructures(
      async (text, values) => (await deployment.catalog.query(text, values)).rows,
      ['tenant_acme'],
    );
    const left = (catalogs.get('tenant_acme') ?? []).map(
      ({ kind, name, table }) => table ?? `${kind} ${name}`,
    );
    expect([...new Set(left)]).toEqual(['migrations', 'typeorm_metadata']);
  });
});

describe('tables that all tenants read', () => {
  it('have migrations of their own', async () => {
    const deployment = await deploy();
    const registry = await release(deployment, referenceEntities());
    const nothing = new MigrationSet([]);
    const options = { name: 'Reference', timestamp: FIRST, shared: true };
    const shared = await generateMigration(partsOf(deployment, registry, nothing), options);
    expect(shared?.source).toContain('CREATE TYPE "public"."countries_currency_enum"');
    expect(shared?.source).not.toContain('customers');

    const set = new MigrationSet([], shared ? [await load(shared)] : []);
    expect(await generateMigration(partsOf(deployment, registry, set), options)).toBeUndefined();
    for (const { text } of shared?.up ?? []) await deployment.catalog.query(text);
    const tenants = await generateMigration(partsOf(deployment, registry, set), {
      name: 'Own',
      timestamp: SECOND,
    });
    expect(tenants?.source).toContain('CREATE TABLE "customers"');
    expect(tenants?.source).toContain('REFERENCES "public"."countries"');
    expect(tenants?.source).not.toMatch(/(CREATE|DROP) \w+ "public"/);
  });
});

it.each([
  [{ name: 'Add Orders' }, /AddOrders/],
  [{ name: 'AddOrders', timestamp: 17 }, /timestamp/],
])('refuses %j', async (options, message) => {
  await expect(generateMigration({} as FleetDeployment, options)).rejects.toThrow(message);
});
