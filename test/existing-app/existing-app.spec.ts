import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DataSourceRegistry, TENANT_STORE, type WritableTenantStore } from '@rowhouse/nestjs';
import { createTestDatabase, createTestTenant, expectIsolated, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { DataSource } from 'typeorm';

type Platform = 'express' | 'fastify';
type Send = (
  method: 'GET' | 'POST',
  path: string,
  body?: object,
) => Promise<{ status: number; body: unknown }>;

const TENANTS: [string, string] = ['acme', 'globex'];
const BEFORE = 'app.module.ts';
const AFTER = 'app.module.tenant.ts';
const folder = fileURLToPath(new URL('.', import.meta.url));

let app: INestApplication;
let database: TestDatabase;

/** The root modules read DATABASE_URL when they are loaded, so each is loaded after it is set, and gets a database of its own. */
const loaded = new Map<string, Promise<{ rootModule: Type; database: TestDatabase }>>();

function load(file: string) {
  const loading = loaded.get(file) ?? loadFresh(file);
  loaded.set(file, loading);
  return loading;
}

async function loadFresh(file: string) {
  const ownDatabase = await createTestDatabase();
  process.env['DATABASE_URL'] = ownDatabase.url;
  const { AppModule } = await import(`./${file.replace(/\.ts$/, '.js')}`);
  return { rootModule: AppModule as Type, database: ownDatabase };
}

async function start(file: string, platform: Platform): Promise<void> {
  const { rootModule, database: own } = await load(file);
  database = own;
  // One request fails on purpose, and should not appear in the log.
  const options = { logger: false, abortOnError: false } as const;
  app =
    platform === 'fastify'
      ? await NestFactory.create(rootModule, new FastifyAdapter(), options)
      : await NestFactory.create(rootModule, options);
  await app.listen(0, '127.0.0.1');
}

function sender(headers: Record<string, string>): Send {
  return async (method, path, body) => {
    const response = await fetch(new URL(path, await app.getUrl()), {
      method,
      headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    return { status: response.status, body: text && JSON.parse(text) };
  };
}

const read = async (send: Send, path: string) => (await send('GET', path)).body;

/** The behaviour of the app over HTTP. It starts with an empty help desk and ids from 1. */
async function worksAsEver(send: Send, agent: string): Promise<void> {
  for (const path of ['/agents', '/tickets', '/activities', '/reports/tickets']) {
    expect(await send('GET', path)).toEqual({ status: 200, body: [] });
  }

  expect(await send('POST', '/agents', { email: agent })).toEqual({
    status: 201,
    body: { id: 1, email: agent },
  });
  expect((await send('POST', '/agents', { email: agent })).status).toBe(500);
  for (const subject of ['printer', 'coffee']) {
    const opened = await send('POST', '/tickets', { subject, text: `The ${subject} is out of order.` });
    expect(opened).toMatchObject({ status: 201, body: { subject, state: 'open' } });
  }

  // Eager relation; transaction; lazy relation from either side.
  expect(await read(send, '/tickets')).toMatchObject([
    { id: 1, comments: [{ text: 'The printer is out of order.' }] },
    { id: 2, comments: [{ text: 'The coffee is out of order.' }] },
  ]);
  expect((await send('POST', '/tickets/1/assign', { agentId: 1 })).status).toBe(201);
  expect(await read(send, '/tickets/1/assignee')).toEqual({ id: 1, email: agent });
  expect((await send('POST', '/tickets/2/assign', { agentId: 99 })).status).toBe(404);
  expect(await read(send, '/agents/1/tickets')).toMatchObject([{ id: 1, subject: 'printer' }]);
  const texts = ((await read(send, '/tickets')) as Array<{ comments: Array<{ text: string }> }>).map(
    ({ comments }) => comments.map(({ text }) => text),
  );
  expect(texts).toEqual([
    ['The printer is out of order.', 'assigned to agent 1'],
    ['The coffee is out of order.'],
  ]);

  // Raw SQL; the subscriber's writes through the injected entity manager.
  expect((await send('POST', '/tickets/2/close')).status).toBe(204);
  expect(await read(send, '/reports/tickets')).toEqual([
    { state: 'open', tickets: 1 },
    { state: 'closed', tickets: 1 },
  ]);
  expect(await read(send, '/activities')).toMatchObject([
    { what: 'opened: printer' },
    { what: 'opened: coffee' },
  ]);
}

afterAll(async () => {
  for (const { database: own } of await Promise.all(loaded.values())) await own.drop();
});

describe.each<Platform>(['express', 'fastify'])('the app before, on %s', (platform) => {
  beforeAll(async () => {
    await start(BEFORE, platform);
    await app.get(DataSource).dropDatabase();
    await app.get(DataSource).runMigrations();
  });
  afterAll(() => app.close());

  it('serves its one tenant', async () => {
    await worksAsEver(sender({}), 'agent@example.com');
  });
});

describe.each<Platform>(['express', 'fastify'])('the app with the other root module, on %s', (platform) => {
  const drops: Array<() => Promise<void>> = [];

  beforeAll(async () => {
    await start(AFTER, platform);
    const registry = app.get(DataSourceRegistry);
    const store = app.get<WritableTenantStore>(TENANT_STORE);
    for (const slug of TENANTS) drops.push((await createTestTenant({ store, registry, slug })).drop);
  });
  afterAll(async () => {
    for (const drop of drops) await drop();
    await app.close();
  });

  it.each(TENANTS)('serves %s as it served its one tenant', async (tenant) => {
    await worksAsEver(sender({ 'X-Tenant-ID': tenant }), `agent@${tenant}.example`);
  });

  it('serves both at the same time, each with data of its own', async () => {
    const answers = await expectIsolated(app, { path: '/agents', as: TENANTS, keys: ['email'] });
    for (const tenant of TENANTS) {
      expect(answers.get(tenant)).toEqual([{ id: 1, email: `agent@${tenant}.example` }]);
    }
  });

  it('leaves the former tables of the app empty', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      `select schemaname, count(*)::int as tables from pg_tables
        where schemaname !~ '^(pg_|information_schema|rowhouse)' group by 1 order by 1`,
    );
    await client.end();
    expect(rows).toEqual(TENANTS.map((slug) => ({ schemaname: `tenant_${slug}`, tables: 5 })));
  });

  it('answers a request without a tenant, and one for an unknown tenant, with a problem', async () => {
    expect(await sender({})('GET', '/tickets')).toMatchObject({
      status: 400,
      body: { code: 'TENANT_UNRESOLVED' },
    });
    expect(await sender({ 'X-Tenant-ID': 'initech' })('GET', '/tickets')).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
  });
});

describe('the difference', () => {
  const lines = (file: string) =>
    readFileSync(join(folder, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
  const imports = (file: string) =>
    lines(file).filter((line) => line.startsWith('import') && line.includes("from './"));
  const sharedFiles = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => file !== BEFORE && file !== AFTER);

  it('is a few lines of the root module', () => {
    const [before, after] = [lines(BEFORE), lines(AFTER)];
    expect(before.filter((line) => !after.includes(line))).toEqual([
      "import { TypeOrmModule } from '@nestjs/typeorm';",
      'TypeOrmModule.forRoot({',
    ]);
    expect(after.filter((line) => !before.includes(line))).toEqual([
      "import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';",
      'TenancyModule.forRoot({',
      'typeorm: {',
      '},',
      'resolvers: [new HeaderResolver()],',
    ]);
  });

  it('leaves every other file as it is: both root modules share them, and none has heard of tenants', () => {
    expect(imports(AFTER)).toEqual(imports(BEFORE));
    expect(imports(AFTER)).toHaveLength(5);
    expect(sharedFiles.length).toBeGreaterThan(10);
    for (const file of sharedFiles) expect(lines(file).join('\n')).not.toMatch(/rowhouse|tenan/i);
  });
});
