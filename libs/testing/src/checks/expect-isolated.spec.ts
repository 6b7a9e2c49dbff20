import 'reflect-metadata';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Controller, Get, Headers, HttpException, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { expectIsolated, type IsolationRequest } from './expect-isolated.js';

interface Reply {
  readonly status?: number;
  readonly body: unknown;
}

/** What a well-behaved app answers; each test spoils one thing. */
const wellBehaved: Record<string, Reply> = {
  acme: {
    body: {
      items: [
        { id: 'a1', country: { id: 'NL' } },
        { id: 'a2', lines: [{ id: 'a3' }] },
      ],
    },
  },
  globex: { body: { items: [{ id: 'g1', country: { id: 'NL' } }] } },
  '': { status: 400, body: { code: 'TENANT_UNRESOLVED' } },
  'no-such-tenant': { status: 404, body: { code: 'TENANT_NOT_FOUND' } },
};

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** The shape of a Nest application, not listening yet. */
function appAnswering(
  replies: Record<string, Reply | undefined>,
  tenantOf = (request: IncomingMessage) => String(request.headers['x-tenant-id'] ?? ''),
) {
  const server = createServer((request, response) => {
    const { status = 200, body } = replies[tenantOf(request)] ?? { status: 404, body: {} };
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body));
  });
  return appOn(server);
}

function appOn(server: Server) {
  servers.push(server);
  return {
    getHttpServer: () => server,
    listen: (port: number, host: string) =>
      new Promise<void>((resolve) => server.listen(port, host, resolve)),
  };
}

const request: IsolationRequest = { path: '/products', as: ['acme', 'globex'], shared: ['country'] };

describe('expectIsolated', () => {
  it('passes for an app that keeps its tenants apart, and returns what each was shown', async () => {
    const bodies = await expectIsolated(appAnswering(wellBehaved), request);
    expect(bodies.get('acme')).toEqual(wellBehaved['acme']?.body);
    expect([...bodies.keys()]).toEqual(['acme', 'globex']);
  });

  it('takes a base URL in place of an app', async () => {
    const app = appAnswering(wellBehaved);
    await app.listen(0, '127.0.0.1');
    const address = app.getHttpServer().address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expectIsolated(`http://127.0.0.1:${port}`, request);
  });

  it('lets the caller say how a tenant is named', async () => {
    const app = appAnswering(wellBehaved, ({ headers }) =>
      String(headers.authorization ?? '').slice('Bearer '.length),
    );
    const identify = (tenant: string) => ({ authorization: `Bearer ${tenant}` });
    await expectIsolated(app, { ...request, identify });
  });

  it.each<[string, Record<string, Reply>, string]>([
    [
      "a tenant's entity in another's answer, deep down",
      { globex: { body: { items: [{ id: 'g1', lines: [{ parts: [{ id: 'a3' }] }] }] } } },
      'shows id "a3" to both "acme" and "globex"',
    ],
    ['an answer that is an error', { globex: { status: 500, body: {} } }, 'as "globex" was answered 500'],
    ['an answer with nothing in it', { acme: { body: { items: [] } } }, 'which proves nothing'],
    [
      'an answer for an unknown tenant',
      { 'no-such-tenant': { body: {} } },
      'unknown tenant "no-such-tenant" should be',
    ],
    [
      'an error for an unknown tenant',
      { 'no-such-tenant': { status: 500, body: {} } },
      'and was answered 500',
    ],
    ['an answer for no tenant', { '': { body: [{ id: 'a1' }] } }, 'without a tenant should be refused'],
  ])('fails on %s', async (_, spoiled, message) => {
    const check = expectIsolated(appAnswering({ ...wellBehaved, ...spoiled }), request);
    await expect(check).rejects.toMatchObject({
      code: 'ERR_ASSERTION',
      message: expect.stringContaining(message),
    });
  });

  it('fails on an app that mixes tenants up only when requests meet', async () => {
    let last = '';
    const waiting: Array<() => void> = [];
    const server = createServer(async (incoming, response) => {
      const tenant = String(incoming.headers['x-tenant-id'] ?? '');
      last = tenant;
      const meets = waiting.length < 2;
      if (meets) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 2) for (const answer of waiting) answer();
        });
      }
      const { status = 200, body } = wellBehaved[meets ? last : tenant] ?? { status: 404, body: {} };
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body));
    });
    await expect(expectIsolated(appOn(server), request)).rejects.toThrow(/to both/);
  });

  it('fails on shared data that was not declared, and says how to declare it', async () => {
    const check = expectIsolated(appAnswering(wellBehaved), { ...request, shared: [] });
    await expect(check).rejects.toThrow(/shows id "NL" to both .* name its field in "shared"/);
  });

  it('compares the fields it is told to', async () => {
    const numbered = (...names: string[]) => ({
      body: names.map((name, index) => ({ id: index + 1, sku: name })),
    });
    const app = appAnswering({ ...wellBehaved, acme: numbered('rope'), globex: numbered('anvil') });
    await expect(expectIsolated(app, request)).rejects.toThrow('shows id 1 to both');
    await expectIsolated(app, { ...request, keys: ['sku'] });
  });

  it('leaves out the refusals an app does not make', async () => {
    const open = { ...wellBehaved, '': wellBehaved['acme'], 'no-such-tenant': wellBehaved['acme'] };
    await expectIsolated(appAnswering(open), { ...request, refusesNoTenant: false, unknownTenant: false });
  });

  it('wants two tenants', async () => {
    const check = expectIsolated(appAnswering(wellBehaved), { ...request, as: ['acme', 'acme'] });
    await expect(check).rejects.toThrow('two different tenants');
  });

  it('sends method, headers and a JSON body', async () => {
    const seen: string[] = [];
    const server = createServer((incoming, response) => {
      const tenant = String(incoming.headers['x-company-id'] ?? '');
      incoming.setEncoding('utf8').once('data', (body: string) => {
        seen.push(
          `${incoming.method} ${incoming.headers['content-type']} ${incoming.headers['x-trace']} ${body}`,
        );
        const { status = 200, body: reply } = wellBehaved[tenant] ?? { status: 404, body: {} };
        response.writeHead(status, { connection: 'close' }).end(JSON.stringify(reply));
      });
    });
    await expectIsolated(appOn(server), {
      ...request,
      method: 'POST',
      headers: { 'x-trace': 't1' },
      body: { name: 'rope' },
      tenantHeader: 'X-Company-ID',
    });
    expect(new Set(seen)).toEqual(new Set(['POST application/json t1 {"name":"rope"}']));
  });
});

@Controller('products')
class ProductsController {
  @Get()
  list(@Headers('x-tenant-id') tenant = ''): unknown {
    const { status = 200, body = {} } = wellBehaved[tenant] ?? {};
    if (status === 200) return body;
    throw new HttpException(body as object, status);
  }
}

@Module({ controllers: [ProductsController] })
class ShopModule {}

describe('expectIsolated on Nest', () => {
  it.each<[string, () => Promise<INestApplication>]>([
    ['Express', () => NestFactory.create(ShopModule, new ExpressAdapter(), { logger: false })],
    ['Fastify', () => NestFactory.create(ShopModule, new FastifyAdapter(), { logger: false })],
  ])('serves an application on %s that does not listen yet', async (_, create) => {
    const app = await create();
    await expectIsolated(app, request);
    expect((await expectIsolated(await app.getUrl(), request)).size).toBe(2);
    await app.close();
  });
});
