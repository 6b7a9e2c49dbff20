/** @suite postgres15 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { TenantPlans } from '@rowhouse/admin/services';
import { Catalog, PostgresTenantStore, type Tenant, TenantDirectory, TenantHomes } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { encodeCursor, type Page } from '@rowhouse/nestjs/operator';
import {
  createTestDatabase,
  expectIsolated,
  type ProvidedDatabase,
  provideDatabase,
  type TestDatabase,
} from '@rowhouse/testing';
import pg from 'pg';
import request from 'supertest';
import { until } from '../../../test/support/until.js';
import { createApp } from './create-app.js';
import { serveApiDocs } from './http/openapi.js';
import { DemoIssuer } from './members/demo-issuer.js';
import { acme } from './seed/acme.js';
import { globex } from './seed/globex.js';
import { seedId } from './seed/storefront-seed.js';
import type { Platform } from './settings.js';

interface Answer<Body> {
  status: number;
  type: string | null;
  body: Body;
}

interface Product {
  id: string;
  sku: string;
  stock: number;
}

interface Order {
  id: string;
  number: number;
  totalCents: number;
  status: string;
  customer: { id: string };
  lines: Array<{ product: Product; quantity: number }>;
}

interface Problem {
  code?: string;
  detail: string;
  errors: Array<{ field: string }>;
}

/** One with a schema, one in shared tables, one with a database. */
const ALL = ['acme', 'globex', 'initech'] as const;
const TOM = seedId('acme', 'customer', 'tom.baker@example.com');

let database: TestDatabase;
let provided: ProvidedDatabase;
let app: INestApplication;

async function open(platform: Platform): Promise<void> {
  app = await createApp(provided, platform);
  // On Fastify it needs @fastify/static, which requires an ES module; Jest cannot.
  if (platform === 'express') serveApiDocs(app);
  await app.listen(0, '127.0.0.1');
}

async function send<Body>(
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer<Body>> {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: json }),
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.json()) as Body,
  };
}

async function get<Body>(tenant: string, path: string): Promise<Body> {
  const { status, body } = await send<Body>(path, { 'X-Tenant-ID': tenant });
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

function post<Body>(tenant: string, path: string, body: unknown): Promise<Answer<Body>> {
  return send<Body>(path, { 'X-Tenant-ID': tenant }, body);
}

async function addProduct(tenant: string, sku: string, stock: number): Promise<Product> {
  const { status, body } = await post<Product>(tenant, '/products', {
    sku,
    name: sku,
    priceCents: 250,
    stock,
  });
  expect(status).toBe(201);
  return body;
}

const lineOf = ({ id }: Product, quantity: number) => ({ productId: id, quantity });

function order(...lines: Array<{ productId: string; quantity: number }>): Promise<Answer<Order & Problem>> {
  return post('acme', '/orders', { customerId: TOM, lines });
}

async function readAll<Item>(
  tenant: string,
  path: string,
  between?: () => Promise<unknown>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<Item> = await get(tenant, `${path}?limit=5${cursor && `&cursor=${cursor}`}`);
    all.push(...page.items);
    expect(all.length).toBeLessThan(1_000);
    cursor = page.next;
    await between?.();
  }
  return all;
}

beforeAll(async () => {
  database = await createTestDatabase();
  // Roles are the whole server's, and other suites have theirs.
  process.env.ROWHOUSE_ROLES = `storefront_${randomBytes(4).toString('hex')}`;
  provided = await provideDatabase(database.url, database.name);
});

afterAll(async () => {
  const homes = new TenantHomes({
    owner: { url: database.url },
    pool: { roles: process.env.ROWHOUSE_ROLES },
  });
  const store = await readTenants();
  for (const tenant of store) await homes.remove(tenant);
  await homes.close();
  await database.drop();
  const server = new pg.Client({ connectionString: process.env.ROWHOUSE_TEST_URL });
  await server.connect();
  const { rows } = await server.query<{ name: string }>(
    'select quote_ident(rolname) as name from pg_roles where starts_with(rolname, $1) or starts_with(rolname, $2)',
    [process.env.ROWHOUSE_ROLES, database.name],
  );
  await server.query(`drop role ${rows.map(({ name }) => name).join(', ')}`);
  await server.end();
});

async function readTenants(): Promise<Tenant[]> {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const { tenants } = await new PostgresTenantStore({ pool }).list();
  await pool.end();
  return [...tenants];
}

describe.each<Platform>(['express', 'fastify'])('the storefront on %s', (platform) => {
  const SKU = platform.toUpperCase();

  beforeAll(() => open(platform));
  afterAll(() => app.close());

  describe('a first tour', () => {
    it('shows each tenant its own shop at the same URL', async () => {
      const [ours, theirs] = await Promise.all(
        ALL.map((tenant) => get<Page<Product>>(tenant, '/products?limit=100')),
      );
      const skus = (page: Page<Product> | undefined) => page?.items.map(({ sku }) => sku);
      expect(skus(ours)).toEqual(expect.arrayContaining(Object.keys(acme.products)));
      expect(skus(theirs)).toEqual(expect.arrayContaining(Object.keys(globex.products)));
      expect(await get('acme', '/me')).toEqual({
        slug: 'acme',
        name: 'Acme Outdoor',
        plan: 'pro',
        currency: 'EUR',
        canExport: true,
      });
    });

    it('takes the tenant from the subdomain, and refuses a header that contradicts it', async () => {
      // Not by fetch: it writes the Host header itself.
      const ask = () => request(app.getHttpServer()).get('/me').set('Host', 'globex.localhost:3000');
      expect(await ask()).toMatchObject({ status: 200, body: { slug: 'globex' } });
      expect(await ask().set('X-Tenant-ID', 'acme')).toMatchObject({ status: 403 });
    });

    it('places an order, which then leads the list', async () => {
      const product = await addProduct('acme', `TOUR-${SKU}`, 3);
      const { status, body } = await order(lineOf(product, 2));
      expect(status).toBe(201);
      expect(body).toMatchObject({ status: 'pending', totalCents: 500, customer: { id: TOM } });
      expect(body.lines).toMatchObject([{ quantity: 2, unitPriceCents: 250, product: { stock: 1 } }]);
      expect(await get('acme', `/orders/${body.id}`)).toEqual(body);
      expect(await get('acme', '/orders?limit=1')).toMatchObject({ items: [{ id: body.id }] });
    });

    it.each([
      ['an unknown tenant', { 'X-Tenant-ID': 'umbrella' }, 404, 'TENANT_NOT_FOUND'],
      ['no tenant', {}, 400, 'TENANT_UNRESOLVED'],
      ['a malformed tenant', { 'X-Tenant-ID': "acme'--" }, 400, 'TENANT_ID_INVALID'],
    ])('answers %s with a problem', async (_, headers, status, code) => {
      const answer = await send<Problem>('/products', headers as Record<string, string>);
      expect(answer).toMatchObject({ status, body: { code } });
      expect(answer.type).toContain('application/problem+json');
    });

    it('serves health without a tenant', async () => {
      expect(await send('/health/live', {})).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await send('/health/ready', {})).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await send('/health', {})).toMatchObject({ status: 401 });
    });
  });

  describe('plans', () => {
    async function exportOf(tenant: string) {
      const response = await request(app.getHttpServer()).get('/orders/export').set('X-Tenant-ID', tenant);
      return { status: response.status, type: response.type, text: response.text, code: response.body.code };
    }

    it('let shops export their orders, and no shop on the free plan', async () => {
      const { text, ...answer } = await exportOf('acme');
      expect(answer).toMatchObject({ status: 200, type: 'text/csv' });
      const [head, ...lines] = text.trimEnd().split('\r\n');
      expect(head).toBe('number,placedAt,status,total,currency');
      expect(lines).toHaveLength((await readAll('acme', '/orders')).length);
      expect(lines.at(-1)).toMatch(/^1001,2025-05-06T09:14:00\.000Z,shipped,\d+\.\d\d,EUR$/);
      expect((await exportOf('initech')).status).toBe(200);
      expect(await exportOf('globex')).toMatchObject({ status: 403, code: 'FEATURE_MISSING' });
    });

    it('limit how many products a shop has, however many come at once', async () => {
      const { id } = (await readTenants()).find(({ slug }) => slug === 'globex') as Tenant;
      const { plans } = app.get(Fleet).tenants;
      const service = new TenantPlans(app.get(Catalog), plans);
      const count = (await readAll('globex', '/products')).length;
      await service.override(id, { quotas: { products: count + 2 } });
      const limitOf = async () =>
        plans.quotaOf((await app.get(TenantDirectory).byId(id)) as Tenant, 'products');
      await until(async () => (await limitOf()) === count + 2);

      // On connections that are open already, so that all of them count at the same time.
      await Promise.all(Array.from({ length: 20 }, () => get('globex', '/products?limit=1')));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          post<Problem>('globex', '/products', { sku: `QUOTA-${SKU}-${n}`, name: 'Quota', priceCents: 1 }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, ...Array(18).fill(403)]);
      expect(answers.find(({ status }) => status === 403)?.body).toMatchObject({ code: 'QUOTA_EXCEEDED' });
      await service.override(id, { quotas: { products: null } });
      await until(async () => (await limitOf()) !== count + 2);
    });
  });

  describe('isolation', () => {
    it.each(['/products?limit=100', '/customers', '/orders'])('keeps %s apart', (path) =>
      expectIsolated(app, { path, as: ALL, shared: ['country'] }),
    );

    it('keeps /me apart', () => expectIsolated(app, { path: '/me', as: ALL, keys: ['slug'] }));

    it('lets all tenants read the same countries', async () => {
      const [ours, theirs] = await Promise.all(ALL.map((tenant) => get<unknown[]>(tenant, '/countries')));
      expect(ours).toEqual(theirs);
      expect(ours).toContainEqual({ code: 'PT', name: 'Portugal' });
    });

    it('answers 404 for the ids of another tenant', async () => {
      const [product] = (await get<Page<Product>>('globex', '/products?limit=1')).items;
      const [foreignOrder] = (await get<Page<Order>>('globex', '/orders?limit=1')).items;
      const asAcme = { 'X-Tenant-ID': 'acme' };
      expect(await send(`/products/${product?.id}`, asAcme)).toMatchObject({ status: 404 });
      expect(await send(`/orders/${foreignOrder?.id}`, asAcme)).toMatchObject({ status: 404 });

      const lines = [{ productId: product?.id, quantity: 1 }];
      expect(await post('globex', '/orders', { customerId: TOM, lines })).toMatchObject({ status: 404 });
      expect(await post('acme', '/orders', { customerId: TOM, lines })).toMatchObject({ status: 404 });
    });

    it('lets two tenants use the same SKU, and one only once', async () => {
      const product = { sku: `TWIN-${SKU}`, name: 'Twin', priceCents: 1 };
      const [ours, theirs] = await Promise.all(
        ALL.map((tenant) => post<Product>(tenant, '/products', product)),
      );
      expect([ours?.status, theirs?.status]).toEqual([201, 201]);
      expect(ours?.body.id).not.toBe(theirs?.body.id);
      expect(await post('acme', '/products', product)).toMatchObject({ status: 409 });
    });

    it('counts orders in each shop by itself', async () => {
      for (const tenant of ALL) {
        const numbers = (await readAll<Order>(tenant, '/orders')).map(({ number }) => number);
        expect(numbers.at(-1)).toBe(1_001);
      }
    });
  });

  describe('pagination', () => {
    it('shows every product once, though others come in between', async () => {
      const before = (await get<Page<Product>>('globex', '/products?limit=100')).items.map(({ id }) => id);
      let added = 0;
      const addFirst = () => addProduct('globex', `0-${SKU}-${added++}`, 0);
      const seen = (await readAll<Product>('globex', '/products', addFirst)).map(({ id }) => id);
      expect(added).toBeGreaterThan(2);
      expect(seen).toEqual(before);
    });

    it('lists orders from the newest to the oldest, once each', async () => {
      const numbers = (await readAll<Order>('acme', '/orders')).map(({ number }) => number);
      expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers.length).toBeGreaterThanOrEqual(acme.orders.length);
    });

    it('filters orders by status', async () => {
      const { items } = await get<Page<Order>>('globex', '/orders?status=cancelled');
      expect(items.map(({ status }) => status)).toEqual(['cancelled']);
    });
  });

  describe('an order that cannot be filled', () => {
    it('leaves stock and orders as they were', async () => {
      const one = await addProduct('acme', `SHORT-${SKU}-1`, 1);
      const two = await addProduct('acme', `SHORT-${SKU}-2`, 1);
      const newest = await get('acme', '/orders?limit=1');
      // Goods are taken one product after the other: whichever comes first, one order fails with something taken.
      for (const [filled, short] of [
        [one, two],
        [two, one],
      ] as const) {
        const answer = await order(lineOf(filled, 1), lineOf(short, 2));
        expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining(short.sku) } });
        expect(answer.type).toContain('application/problem+json');
      }
      for (const { id } of [one, two])
        expect(await get('acme', `/products/${id}`)).toMatchObject({ stock: 1 });
      expect(await get('acme', '/orders?limit=1')).toEqual(newest);
    });

    it('is refused to all but one of those who want the last piece', async () => {
      const last = await addProduct('acme', `LAST-${SKU}`, 1);
      const answers = await Promise.all(Array.from({ length: 8 }, () => order(lineOf(last, 1))));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)]);
      expect(await get('acme', `/products/${last.id}`)).toMatchObject({ stock: 0 });
    });

    it('is not made so by another that names the same products in another order', async () => {
      const [one, two] = [
        await addProduct('acme', `ONE-${SKU}`, 20),
        await addProduct('acme', `TWO-${SKU}`, 20),
      ];
      const both = [lineOf(one, 1), lineOf(two, 1)];
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => order(...(i % 2 ? both : both.toReversed()))),
      );
      expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
      expect(await get('acme', `/products/${two.id}`)).toMatchObject({ stock: 0 });
    });
  });

  describe('a request that is wrong', () => {
    const line = { productId: seedId('acme', 'product', 'TENT-2P'), quantity: 1 };
    const product = { sku: 'X', name: 'X', priceCents: 1 };

    it.each<[string, string, unknown, string[]]>([
      ['a limit out of range', '/products?limit=101', undefined, ['limit']],
      ['a limit given twice', '/products?limit=1&limit=2', undefined, ['limit']],
      ['a cursor that is none', '/products?cursor=%00', undefined, ['cursor']],
      ['a cursor of another listing', `/orders?cursor=${encodeCursor(['TENT-2P'])}`, undefined, ['cursor']],
      ['a cursor beyond all numbers', `/orders?cursor=${encodeCursor([1e12])}`, undefined, ['cursor']],
      ['a parameter that does not exist', '/products?page=2', undefined, ['request']],
      ['a status that does not exist', '/orders?status=lost', undefined, ['status']],
      ['an id that is none', '/products/1%27--', undefined, ['request']],
      ['an order without lines', '/orders', { customerId: TOM, lines: [] }, ['lines']],
      ['an order with a product twice', '/orders', { customerId: TOM, lines: [line, line] }, ['lines']],
      [
        'half a piece',
        '/orders',
        { customerId: TOM, lines: [{ ...line, quantity: 0.5 }] },
        ['lines.0.quantity'],
      ],
      ['a negative price', '/products', { ...product, priceCents: -1 }, ['priceCents']],
      ['a field that does not exist', '/products', { ...product, id: TOM }, ['request']],
      ['a NUL in a text', '/products', { ...product, name: 'a\0b' }, ['name']],
    ])('is told so: %s', async (_, path, body, fields) => {
      const answer = await send<Problem>(path, { 'X-Tenant-ID': 'acme' }, body);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.type).toContain('application/problem+json');
      expect(answer.body.errors.map(({ field }) => field)).toEqual(fields);
    });

    it.each(['{"sku":', ''])('is told so: the body %j, which is no JSON', async (body) => {
      const answer = await send<Problem>('/products', { 'X-Tenant-ID': 'acme' }, body);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.type).toContain('application/problem+json');
    });
  });
});

describe('the documentation', () => {
  beforeAll(() => open('express'));
  afterAll(() => app.close());

  it('describes every route, and the header that names the tenant', async () => {
    const { body } = await send<{ paths: Record<string, { get?: { parameters: unknown } }> }>(
      '/docs/openapi.json',
      {},
    );
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/products',
        '/products/{id}',
        '/customers',
        '/orders',
        '/orders/{id}',
        '/countries',
        '/me',
      ]),
    );
    expect(body.paths['/products']?.get?.parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'X-Tenant-ID', in: 'header' }),
        expect.objectContaining({ name: 'cursor', in: 'query' }),
      ]),
    );
  });

  it('is a page that needs no tenant', async () => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const page = await fetch(`http://127.0.0.1:${port}/docs`);
    expect(await page.text()).toContain('swagger-ui');
    expect((await fetch(`http://127.0.0.1:${port}/docs/swagger-ui.css`)).status).toBe(200);
  });
});

describe('the staff of a shop', () => {
  const ORDER = seedId('acme', 'order', '6');
  beforeAll(() => open('express'));
  afterAll(() => app.close());

  const bearer = async (subject: string) => ({
    authorization: `Bearer ${await app.get(DemoIssuer).tokenOf(subject)}`,
  });
  const ship = (tenant: string, headers: Record<string, string>) =>
    request(app.getHttpServer())
      .patch(`/orders/${ORDER}`)
      .set({ 'X-Tenant-ID': tenant, ...headers })
      .send({ status: 'shipped' });

  it('sees the shops that it works in', async () => {
    const ofNora = await send('/me/tenants', await bearer('nora@example.com'));
    expect(ofNora).toMatchObject({
      status: 200,
      body: {
        items: [
          { slug: 'acme', name: 'Acme Outdoor', roles: ['owner'] },
          { slug: 'globex', roles: ['staff'] },
        ],
        next: null,
      },
    });
    expect((await send('/me/tenants', await bearer('nobody@example.com'))).body).toEqual({
      items: [],
      next: null,
    });
    expect(await send('/me/tenants', {})).toMatchObject({
      status: 401,
      type: expect.stringContaining('problem+json'),
    });
  });

  it('ships the orders of its shop, once, and of no other', async () => {
    const sven = await bearer('sven@example.com');
    expect(await ship('acme', {})).toMatchObject({ status: 401 });
    const forged = await new DemoIssuer().tokenOf('sven@example.com');
    expect(await ship('acme', { authorization: `Bearer ${forged}` })).toMatchObject({ status: 401 });
    for (const [tenant, who] of [
      ['globex', sven],
      ['acme', await bearer('bill@example.com')],
    ] as const)
      expect(await ship(tenant, who)).toMatchObject({ status: 403, body: { code: 'MEMBER_ROLE_REQUIRED' } });
    expect(await ship('globex', await bearer('nora@example.com'))).toMatchObject({ status: 404 });
    expect(await ship('acme', sven)).toMatchObject({ status: 200, body: { id: ORDER, status: 'shipped' } });
    expect(await ship('acme', sven)).toMatchObject({
      status: 409,
      body: { detail: 'The order is shipped.' },
    });
  });
});

describe('a start after a crash', () => {
  it('goes on where the one before stopped, and leaves finished shops alone', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('truncate order_lines, orders, products, customers');
    await client.query(`update rowhouse.tenants set status = 'provisioning' where slug = 'globex'`);
    const { rows } = await client.query('select count(*)::int as count from tenant_acme.orders');
    await client.end();

    await open('express');
    expect(await readAll('globex', '/orders')).toHaveLength(globex.orders.length);
    expect(await readAll('acme', '/orders')).toHaveLength(rows[0]?.count);
    await app.close();
  });
});
