/** @suite postgres15 */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { PostgresTenantStore, type Tenant, TenantHomes } from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { createTestDatabase, provideDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { createApp } from '../../apps/demo/src/create-app.js';
import type { Platform } from '../../apps/demo/src/settings.js';
import { type HttpAttack, httpAttacks, type Shop } from './cases/http.js';
import { marksIn, newMark } from './marks.js';

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface OpenShop extends Shop {
  readonly mark: string;
  readonly tenant: Tenant;
}

const HOST = '127.0.0.1';
const prefix = `siege_${randomBytes(4).toString('hex')}`;

let database: TestDatabase;
let provided: Awaited<ReturnType<typeof provideDatabase>>;
let app: INestApplication;
let tenants: readonly Tenant[];
let shops: readonly OpenShop[];
const owners = new Map<string, pg.Client>();

/** Uses node:http, because `fetch` does not allow setting the Host header. */
function send({ path, headers, body }: Omit<HttpAttack, 'name'>): Promise<Answer> {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({
      host: HOST,
      port,
      path,
      method: text === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(text === undefined ? {} : { 'Content-Type': 'application/json' }) },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: received }));
    });
    sent.end(text);
  });
}

async function get<T>(slug: string, path: string): Promise<T> {
  const { status, text } = await send({ path, headers: { 'X-Tenant-ID': slug } });
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text) as T;
}

async function ownerOf({ isolation, ...tenant }: Tenant): Promise<pg.Client> {
  const name = isolation === 'database' ? databaseNameOf(tenant) : database.name;
  let owner = owners.get(name);
  if (!owner) {
    owner = new pg.Client(Object.assign(new URL(database.url), { pathname: `/${name}` }).href);
    await owner.connect();
    owners.set(name, owner);
  }
  return owner;
}

/** All rows of a tenant, as the superuser sees them. */
async function photograph(tenant: Tenant): Promise<string> {
  const owner = await ownerOf(tenant);
  const home = tenant.isolation === 'schema' ? tenant.schema : 'public';
  const mine = tenant.isolation === 'row' ? ` where tenant_id = '${tenant.id}'` : '';
  const rows: unknown[] = [];
  for (const table of ['customers', 'products', 'orders', 'order_lines'])
    rows.push(
      (
        await owner.query(
          `select to_json(t) as row, ctid::text, xmin::text from ${home}.${table} t${mine} order by ctid`,
        )
      ).rows,
    );
  return JSON.stringify(rows);
}

async function openShop(tenant: Tenant): Promise<OpenShop> {
  const { slug, id, schema } = tenant;
  const mark = newMark(slug);
  const sku = `MARK-${slug.toUpperCase()}`;
  const body = { sku, name: mark, description: mark, priceCents: 100, stock: 1_000 };
  const created = await send({ path: '/products', headers: { 'X-Tenant-ID': slug }, body });
  const known =
    created.status === 409
      ? await get<{ items: Array<{ sku: string; id: string; name: string }> }>(slug, '/products?limit=100')
      : undefined;
  const product = known?.items.find((item) => item.sku === sku) ?? JSON.parse(created.text);
  const [order] = (await get<{ items: Array<{ id: string; customer: { id: string } }> }>(slug, '/orders'))
    .items;
  return {
    slug,
    id,
    schema,
    sku,
    tenant,
    mark: product.name,
    productId: product.id,
    orderId: order?.id ?? '',
    customerId: order?.customer.id ?? '',
  };
}

async function open(platform: Platform): Promise<void> {
  app = await createApp(provided, platform);
  await app.listen(0, HOST);
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  tenants = (await new PostgresTenantStore({ pool }).list()).tenants;
  await pool.end();
  shops = await Promise.all(tenants.map(openShop));
}

beforeAll(async () => {
  database = await createTestDatabase();
  process.env['ROWHOUSE_ROLES'] = prefix;
  provided = await provideDatabase(database.url, database.name);
});

afterAll(async () => {
  for (const owner of owners.values()) await owner.end();
  const homes = new TenantHomes({ owner: { url: database.url }, pool: { roles: prefix } });
  for (const tenant of tenants) await homes.remove(tenant);
  await homes.close();
  await database.drop();
  const server = new pg.Client({ connectionString: process.env['ROWHOUSE_TEST_URL'] });
  await server.connect();
  const { rows } = await server.query<{ name: string }>(
    'select quote_ident(rolname) as name from pg_roles where starts_with(rolname, $1) or starts_with(rolname, $2)',
    [prefix, database.name],
  );
  await server.query(`drop role ${rows.map(({ name }) => name).join(', ')}`);
  await server.end();
});

const nobody: Shop = { slug: '', id: '', schema: '', sku: '', productId: '', orderId: '', customerId: '' };
const NAMES = httpAttacks(nobody, nobody).map(({ name }) => name);

describe.each<Platform>(['express', 'fastify'])('the storefront on %s', (platform) => {
  beforeAll(() => open(platform));
  afterAll(() => app.close());

  it('has tenants of more than one kind, and more than sixty ways to be attacked', () => {
    expect(new Set(tenants.map(({ isolation }) => isolation)).size).toBeGreaterThan(1);
    expect(new Set(NAMES).size).toBeGreaterThan(60);
  });

  it.each(NAMES)('keeps every tenant from every other: %s', async (name) => {
    for (const own of shops) {
      const others = shops.filter((shop) => shop !== own);
      for (const victim of others) {
        const attack = httpAttacks(own, victim).find((one) => one.name === name);
        if (!attack) throw new Error(`There is no attack of the name ${name}.`);
        const before = await Promise.all(others.map(({ tenant }) => photograph(tenant)));

        const { status, text } = await send({ headers: { 'X-Tenant-ID': own.slug }, ...attack });

        const pair = `${own.tenant.isolation} against ${victim.tenant.isolation}`;
        expect({ pair, shown: marksIn(text).filter((mark) => mark !== own.mark) }).toEqual({
          pair,
          shown: [],
        });
        expect({ pair, text, isServerError: status >= 500 }).toMatchObject({ pair, isServerError: false });
        // No SQL, no schema name and no server name reaches a client.
        expect(text).not.toMatch(/syntax error|relation "|permission denied|row-level security/i);
        expect(await Promise.all(others.map(({ tenant }) => photograph(tenant)))).toEqual(before);
      }
    }
  });

  it('serves each tenant its own shop afterwards', async () => {
    for (const { slug, mark } of shops) {
      const page = await get<{ items: Array<{ name: string }> }>(slug, '/products?limit=100');
      expect(marksIn(JSON.stringify(page))).toEqual([mark]);
    }
  });
});
