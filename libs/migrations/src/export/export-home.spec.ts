import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import { adopt } from '../adopt/index.js';
import { type Deployment, openDeployment } from '../deployment.fixture.js';
import { exportHome } from './export-home.js';
import type { ExportManifest } from './export-manifest.js';

let deployment: Deployment;
let folder: string;
const query = async (text: string) => (await deployment.catalog.query(text)).rows;
const parts = () => deployment.parts();
const manifestOf = async (path: string): Promise<ExportManifest> =>
  JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));

beforeEach(async () => {
  deployment = await openDeployment();
  folder = join(await mkdtemp(join(tmpdir(), 'rowhouse-')), 'exports');
});
afterEach(async () => {
  await deployment.close();
  await rm(join(folder, '..'), { recursive: true });
});

async function tenantWithTables(): Promise<Tenant> {
  const tenant = await deployment.tenant('acme');
  await query(`
    create table tenant_acme.products (id serial primary key, name text, twice int generated always as (id * 2) stored);
    insert into tenant_acme.products (name) values ('chair'), (null), ('a "long", table');
    create table tenant_acme."../Ödd/ name" (id int);
    create table tenant_acme.events (at int) partition by list (at);
    create table tenant_acme.events_1 partition of tenant_acme.events for values in (1);
    insert into tenant_acme.events values (1);
    create table tenant_acme.migrations (id serial primary key, "timestamp" bigint, name text);
    insert into tenant_acme.migrations ("timestamp", name) values (1757000000001, 'First1757000000001')`);
  await deployment.registry.homes.prepare(tenant);
  return tenant;
}

it('writes each table once, with row counts and checksums', async () => {
  const tenant = await tenantWithTables();
  const path = await exportHome(parts(), tenant, folder);
  const manifest = await manifestOf(path);
  expect(manifest).toMatchObject({
    format: 1,
    tenant: { slug: 'acme' },
    migrations: ['First1757000000001'],
    sequences: [
      { name: 'migrations_id_seq', lastValue: '1', isCalled: true },
      { name: 'products_id_seq', lastValue: '3', isCalled: true },
    ],
  });
  expect(manifest.tables.map(({ name, rows }) => [name, rows])).toEqual(
    expect.arrayContaining([
      ['../Ödd/ name', 0],
      ['events', 1],
      ['products', 3],
    ]),
  );
  expect(manifest.tables).toHaveLength(4);
  for (const { file, bytes, sha256 } of manifest.tables) {
    const content = await readFile(join(path, file));
    expect(content).toHaveLength(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  }
  const products = manifest.tables.find(({ name }) => name === 'products');
  expect(await readFile(join(path, products?.file ?? ''), 'utf8')).toBe(
    'id,name\n1,chair\n2,\n3,"a ""long"", table"\n',
  );
});

it('makes the files unreadable for other users', async () => {
  const path = await exportHome(parts(), await tenantWithTables(), folder);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  for (const file of await readdir(path)) expect((await stat(join(path, file))).mode & 0o777).toBe(0o600);
});

it('holds no rows of another tenant that shares its tables', async () => {
  await query(
    "create table notes (id serial primary key, text text); insert into notes (text) values ('mine')",
  );
  const { tenant } = await adopt(parts(), { tenant: { slug: 'first', isolation: 'row' } });
  const other = await deployment.tenant('other', { isolation: 'row' });
  await deployment.registry.for(other).query("insert into notes (text) values ('theirs')");
  const path = await exportHome(parts(), tenant, folder);
  const { tables } = await manifestOf(path);
  expect(tables).toMatchObject([{ name: 'notes', rows: 1 }]);
  expect(await readFile(join(path, tables[0]?.file ?? ''), 'utf8')).toBe(
    `id,text,tenant_id\n1,mine,${tenant.id}\n`,
  );
});

describe('a table with policies of the application', () => {
  const OWN = `alter table products enable row level security; create policy mine on products using (name <> 'chair')`;

  it('is not exported in part from a schema', async () => {
    const tenant = await tenantWithTables();
    await query(`set search_path = tenant_acme; ${OWN}`);
    await expect(exportHome(parts(), tenant, folder)).rejects.toThrow('products');
    expect(await readdir(folder)).toEqual([]);
    await query('alter table tenant_acme.products disable row level security');
    await exportHome(parts(), tenant, folder);
  });

  it("is not exported with other tenants' rows from shared tables", async () => {
    await query("create table products (name text); insert into products values ('chair')");
    const { tenant } = await adopt(parts(), { tenant: { slug: 'first', isolation: 'row' } });
    const reader = `${deployment.prefix}_reader`;
    await query(`create role ${reader}; create policy for_reader on products to ${reader} using (true)`);
    await exportHome(parts(), tenant, folder);
    await query('create policy everybody on products for select using (true)');
    await expect(exportHome(parts(), tenant, folder)).rejects.toMatchObject({ code: 'MIGRATION_CONFLICT' });
  });
});

it('exports the database of a tenant that has one', async () => {
  const tenant = await deployment.tenant('acme', { isolation: 'database' });
  const owner = await deployment.registry.directFor(tenant);
  await owner.query('create table products as select 7 as id');
  const { tables } = await manifestOf(await exportHome(parts(), tenant, folder));
  expect(tables).toMatchObject([{ name: 'products', rows: 1 }]);
});

it('leaves no folder when it is stopped or fails', async () => {
  const tenant = await tenantWithTables();
  const stop = new AbortController();
  const stopped = exportHome(parts(), tenant, folder, {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('stopped')),
  });
  await expect(stopped).rejects.toThrow('stopped');
  await query(
    `revoke all on tenant_acme.products from "${deployment.registry.homes.roles?.ofTenant(tenant)}"`,
  );
  await expect(exportHome(parts(), tenant, folder)).rejects.toMatchObject({ code: '42501' });
  expect(await readdir(folder)).toEqual([]);
});
