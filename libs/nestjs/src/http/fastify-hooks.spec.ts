import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { TenantContext } from '@rowhouse/core';
import { closeApps, startApp } from '../platforms.fixture.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';

@Controller('orders')
class OrdersController {
  @Post()
  create() {
    return 'reached';
  }

  @Post(':id/lines')
  addLine() {
    return 'reached';
  }

  @Post('import')
  @SystemRoute()
  import(@Body() body: { n: number }) {
    return body.n;
  }

  @Get('config')
  @TenantOptional()
  @RouteConfig({ limit: 7 })
  config(@Req() request: { routeOptions: { config: { limit: number } } }) {
    return request.routeOptions.config.limit;
  }
}

abstract class Inherited {
  @Post()
  handle() {
    return TenantContext.scope()?.kind ?? 'none';
  }
}

@Controller('inherited/system')
@SystemRoute()
class SystemHeir extends Inherited {}

@Controller('inherited/tenant')
class TenantHeir extends Inherited {}

let port: number;

beforeAll(async () => {
  ({ port } = await startApp('fastify', {
    controllers: [OrdersController, SystemHeir, TenantHeir],
    prepare: (app) =>
      app
        .getHttpAdapter()
        .getInstance()
        .post('/plain', async () => 'reached'),
  }));
});
afterAll(closeApps);

/** A request whose body is announced and not sent. */
function announce(path: string, tenant?: string): ClientRequest {
  const request = httpRequest({
    ...{ host: '127.0.0.1', port, path, method: 'POST' },
    headers: {
      'content-type': 'application/json',
      'content-length': 7,
      ...(tenant && { 'x-tenant-id': tenant }),
    },
  });
  request.on('error', () => undefined);
  request.flushHeaders();
  return request;
}

async function answerOf(request: ClientRequest): Promise<[number | undefined, string]> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, text];
}

describe('The hooks of Fastify', () => {
  it.each([
    ['/orders', 'nobody', 404, 'TENANT_NOT_FOUND'],
    ['/orders', '../acme', 400, 'TENANT_ID_INVALID'],
    ['/orders', 'suspended', 403, 'TENANT_SUSPENDED'],
    ['/orders', undefined, 400, 'TENANT_UNRESOLVED'],
    ['/orders/7/lines', 'nobody', 404, 'TENANT_NOT_FOUND'],
  ])('refuse POST %s as %s before the body is read', async (path, tenant, status, code) => {
    const request = announce(path, tenant);
    const [found, text] = await answerOf(request);
    request.destroy();
    expect([found, JSON.parse(text)]).toMatchObject([status, { code, instance: path }]);
  });

  it.each([
    ['/orders/import', 'nobody', 201, '1'],
    ['/plain', 'nobody', 200, 'reached'],
    ['/inherited/system', 'nobody', 201, 'system'],
  ])(
    'let POST %s as %s through, whose route does not need the tenant',
    async (path, tenant, status, said) => {
      const request = announce(path, tenant);
      request.end('{"n":1}');
      expect(await answerOf(request)).toEqual([status, said]);
    },
  );

  it('leave to the guard what controllers say differently of one inherited handler', async () => {
    const refused = announce('/inherited/tenant');
    refused.end('{"n":1}');
    expect((await answerOf(refused))[0]).toBe(400);
    const served = announce('/inherited/tenant', 'acme');
    served.end('{"n":1}');
    expect(await answerOf(served)).toEqual([201, 'tenant']);
  });

  it("keep the route's own config", async () => {
    expect(await (await fetch(`http://127.0.0.1:${port}/orders/config`)).text()).toBe('7');
  });
});
