import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  Get,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Query,
  Req,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TenantContext } from '@rowhouse/core';
import { closeApps, createApp, PLATFORMS, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { PathResolver } from '../resolvers/path.resolver.js';
import { tenantRewriteUrl } from './path-prefix.js';

@Controller()
class ProductsController {
  @Get('products')
  list(@Query('page') page: string | undefined, @Req() request: { url: string; originalUrl: string }) {
    return { tenant: TenantContext.get()?.slug, page, url: request.url, originalUrl: request.originalUrl };
  }

  @Get('health')
  health() {
    return { tenant: TenantContext.get()?.slug ?? 'none' };
  }
}

/** Middleware of the app's own, bound to a route, which sees the tenant and the URL without its prefix. */
const seen: unknown[] = [];

@Module({})
class SeeingModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer
      .apply((request: { url: string }, _response: unknown, next: () => void) => {
        seen.push([TenantContext.get()?.slug, request.url]);
        next();
      })
      .forRoutes(ProductsController);
  }
}

const controllers = [ProductsController];
const tenancy = { resolvers: [new PathResolver(), new HeaderResolver()], exclude: ['/health'] };

async function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(url, { headers });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

/** `fetch` would tidy up the target. */
function getRaw(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe.each(PLATFORMS)('The path prefix on %s', (platform) => {
  afterEach(closeApps);

  it('is taken off before routing, and stays in the original URL', async () => {
    const { url } = await startApp(platform, { controllers, tenancy });
    expect(await get(`${url}/t/acme/products?page=2`)).toEqual([
      200,
      { tenant: 'acme', page: '2', url: '/products?page=2', originalUrl: '/t/acme/products?page=2' },
    ]);
    expect(await get(`${url}/products`, { 'x-tenant-id': 'globex' })).toMatchObject([
      200,
      { tenant: 'globex' },
    ]);
  });

  it('is taken off once', async () => {
    const { url } = await startApp(platform, { controllers, tenancy });
    expect(await get(`${url}/t/acme/t/globex/products`)).toMatchObject([404, {}]);
  });

  it('names the path in problems as the client sent it', async () => {
    const { url } = await startApp(platform, { controllers, tenancy });
    expect(await get(`${url}/t/nobody/products?page=2`)).toMatchObject([
      404,
      { code: 'TENANT_NOT_FOUND', instance: '/t/nobody/products' },
    ]);
    expect(await get(`${url}/t/ACME/products`)).toMatchObject([400, { code: 'TENANT_ID_INVALID' }]);
    expect(await get(`${url}/t/acme/products`, { 'x-tenant-id': 'globex' })).toMatchObject([
      403,
      { code: 'TENANT_MISMATCH' },
    ]);
  });

  it('refuses a tenant that cannot be read', async () => {
    const { port } = await startApp(platform, { controllers, tenancy });
    expect(await getRaw(port, '/t/%zz/products')).toBe(400);
    expect(await getRaw(port, `/t/${'a'.repeat(2000)}/products`)).toBe(400);
  });

  it('leaves excluded paths as they are', async () => {
    const { url } = await startApp(platform, {
      controllers,
      tenancy: { resolvers: [new PathResolver({ pattern: '/:tenant' })], exclude: ['/health'] },
    });
    expect(await get(`${url}/health`)).toEqual([200, { tenant: 'none' }]);
    expect(await get(`${url}/acme/products`)).toMatchObject([200, { tenant: 'acme', url: '/products' }]);
    expect(await get(`${url}/acme/health`)).toEqual([200, { tenant: 'acme' }]);
  });

  it('stays where the resolver says so', async () => {
    const { url } = await startApp(platform, {
      controllers,
      tenancy: { resolvers: [new PathResolver({ strip: false })] },
    });
    expect(await get(`${url}/t/acme/products`)).toMatchObject([
      404,
      { message: 'Cannot GET /t/acme/products' },
    ]);
  });

  it('is gone for what main.ts uses, too', async () => {
    seen.length = 0;
    const { url } = await startApp(platform, {
      controllers,
      tenancy,
      prepare: (app) =>
        app.use((request: { url: string }, _response: unknown, next: () => void) => {
          seen.push(request.url);
          next();
        }),
    });
    expect(await get(`${url}/t/acme/products?page=2`)).toMatchObject([200, { tenant: 'acme' }]);
    expect(seen).toEqual(['/products?page=2']);
  });

  it("is gone for the app's middleware, which runs as the tenant", async () => {
    const { url } = await startApp(platform, { controllers, tenancy, imports: [SeeingModule] });
    seen.length = 0;
    expect(await get(`${url}/t/acme/products?page=2`)).toMatchObject([
      200,
      { tenant: 'acme', originalUrl: '/t/acme/products?page=2' },
    ]);
    expect(seen).toEqual([['acme', expect.stringMatching(/\?page=2$/)]]);
  });
});

const servers: Server[] = [];

/** A server that is none of the application's; answers with its URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("The path prefix off the application's own server", () => {
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    await closeApps();
  });

  it('is taken off where Express is called as a function', async () => {
    const app = await createApp('express', { controllers, tenancy });
    await app.init();
    const url = await serve(app.getHttpAdapter().getInstance());
    expect(await get(`${url}/t/acme/products`)).toMatchObject([200, { tenant: 'acme', url: '/products' }]);
  });

  it('is taken off on the further servers that Fastify opens for localhost, and on no foreign one', async () => {
    const { app } = await startApp('fastify', { controllers, tenancy });
    const further = await serve(app.getHttpAdapter().getInstance().routing);
    const foreign = await serve((request, response) => response.end(JSON.stringify({ url: request.url })));
    expect(await get(`${further}/t/acme/products`)).toMatchObject([
      200,
      { tenant: 'acme', url: '/products' },
    ]);
    expect(await get(`${foreign}/t/acme/products`)).toEqual([200, { url: '/t/acme/products' }]);
  });

  it('is taken off by tenantRewriteUrl where Fastify is called as a function, and once elsewhere', async () => {
    const adapter = new FastifyAdapter({ rewriteUrl: tenantRewriteUrl(tenancy) });
    const { app, url } = await startApp('fastify', { controllers, tenancy, adapter });
    const { routing } = app.getHttpAdapter().getInstance();
    const detached = await serve((request, response) => routing(request, response));
    const expected = {
      tenant: 'acme',
      page: '2',
      url: '/products?page=2',
      originalUrl: '/t/acme/products?page=2',
    };
    expect(await get(`${detached}/t/acme/products?page=2`)).toEqual([200, expected]);
    expect(await get(`${url}/t/acme/products?page=2`)).toEqual([200, expected]);
    expect(await get(`${url}/t/acme/t/globex/products`)).toMatchObject([404, {}]);
  });
});

describe('The path prefix over HTTP/2', () => {
  afterEach(closeApps);

  it('is taken off', async () => {
    const { url } = await startApp('fastify', {
      controllers,
      tenancy,
      adapter: new FastifyAdapter({ http2: true }),
    });
    const session = connect(url);
    const stream = session.request({ ':path': '/t/acme/products' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    session.close();
    expect(JSON.parse(text)).toMatchObject({ tenant: 'acme', originalUrl: '/t/acme/products' });
  });
});
