import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Controller, type INestApplicationContext, Module, UseFilters } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { TenantContext } from '@rowhouse/core';
import { firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { TenantRunner } from '../jobs/tenant-runner.js';
import { closeApps, exampleStore, PLATFORMS, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';
import { TenancyModule } from '../tenancy.module.js';
import { TenancyExceptionFilter } from './tenancy-exception.filter.js';

const served: string[] = [];

function scope(): string {
  const current = TenantContext.scope();
  const named = current?.kind === 'tenant' ? current.tenant.slug : (current?.kind ?? 'none');
  served.push(named);
  return named;
}

@Controller()
class OrdersController {
  constructor(private readonly runner: TenantRunner) {}

  @MessagePattern('default')
  byDefault() {
    return scope();
  }

  @MessagePattern('optional')
  @TenantOptional()
  optional(@Payload() { tenant }: { tenant: string }) {
    return this.runner.run(tenant, () => scope());
  }

  @MessagePattern('system')
  @SystemRoute()
  system() {
    return scope();
  }

  @EventPattern('event')
  event(@Payload() _order: object) {
    scope();
  }
}

const tenancy = (required: boolean) =>
  TenancyModule.forRoot({
    store: exampleStore(),
    resolvers: [new HeaderResolver()],
    accessPolicy: { canEnter: () => true },
    required,
  });

const quiet = { logger: false, abortOnError: false } as const;
const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;

const started: Array<Pick<INestApplicationContext, 'close'>> = [];
const clients: ClientProxy[] = [];

beforeEach(() => {
  served.length = 0;
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const app of started.splice(0)) await app.close();
  await closeApps();
});

function clientOf(port: number): ClientProxy {
  const options = { host: '127.0.0.1', port };
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  clients.push(client);
  return client;
}

async function startMicroservice(required = true): Promise<ClientProxy> {
  @Module({ imports: [tenancy(required)], controllers: [OrdersController] })
  class RootModule {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(RootModule, { ...tcp, ...quiet });
  started.push(app);
  await app.listen();
  return clientOf(portOf(app.unwrap()));
}

function portOf(server: unknown): number {
  return (server as { address(): AddressInfo }).address().port;
}

/** What a message is answered, or the code of the error. */
async function send(client: ClientProxy, pattern: string, data: object = {}): Promise<unknown> {
  return firstValueFrom(client.send(pattern, data)).catch((error: { code?: string }) => error.code ?? error);
}

describe('The handlers of a microservice', () => {
  it('are refused where no tenant is in force', async () => {
    const client = await startMicroservice();
    expect(await send(client, 'default')).toBe('TENANT_UNRESOLVED');
    await firstValueFrom(client.emit('event', {}), { defaultValue: undefined });
    expect(await send(client, 'default')).toBe('TENANT_UNRESOLVED');
    expect(served).toEqual([]);
  });

  it('are served where they say that they enter a tenant themselves, or are above tenants', async () => {
    const client = await startMicroservice();
    expect(await send(client, 'optional', { tenant: 'acme' })).toBe('acme');
    expect(await send(client, 'optional', { tenant: 'nobody' })).toBe('TENANT_NOT_FOUND');
    expect(await send(client, 'system')).toBe('system');
  });

  it('are served without a tenant with required: false', async () => {
    const client = await startMicroservice(false);
    expect(await send(client, 'default')).toBe('none');
  });
});

describe.each(PLATFORMS)('In an app on %s', (platform) => {
  it('the handlers of a connected microservice that inherits the configuration are refused as well', async () => {
    let port = 0;
    await startApp(platform, {
      controllers: [OrdersController],
      tenancy: { accessPolicy: { canEnter: () => true } },
      prepare: async (app) => {
        const service = app.connectMicroservice<MicroserviceOptions>(tcp, { inheritAppConfig: true });
        await app.startAllMicroservices();
        port = portOf(service.unwrap());
      },
    });
    const client = clientOf(port);
    expect(await send(client, 'default')).toBe('TENANT_UNRESOLVED');
    expect(await send(client, 'optional', { tenant: 'globex' })).toBe('globex');
  });

  it('a gateway serves only what says that it enters a tenant itself', async () => {
    @WebSocketGateway()
    @UseFilters(TenancyExceptionFilter)
    class OrdersGateway {
      constructor(private readonly runner: TenantRunner) {}

      @SubscribeMessage('default')
      byDefault() {
        return { event: 'default', data: scope() };
      }

      @SubscribeMessage('optional')
      @TenantOptional()
      optional() {
        return this.runner.run('acme', () => ({ event: 'optional', data: scope() }));
      }

      @SubscribeMessage('system')
      @SystemRoute()
      system() {
        return { event: 'system', data: scope() };
      }
    }
    const { port } = await startApp(platform, {
      providers: [OrdersGateway],
      tenancy: { accessPolicy: { canEnter: () => true } },
      prepare: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { 'x-tenant-id': 'acme' } });
    await once(socket, 'open');
    const events = ['default', 'optional', 'default', 'system'];
    const answers = new Promise<unknown[]>((resolve) => {
      const received: unknown[] = [];
      socket.on('message', (text) => {
        received.push(JSON.parse(String(text)));
        if (received.length === events.length) resolve(received);
      });
    });
    for (const event of events) socket.send(JSON.stringify({ event }));
    const refused = {
      event: 'exception',
      data: { status: 'error', message: 'This request names no tenant.', code: 'TENANT_UNRESOLVED' },
    };
    const served = [
      { event: 'optional', data: 'acme' },
      { event: 'system', data: 'system' },
    ];
    const all = await answers;
    expect(all).toHaveLength(4);
    expect(all).toEqual(expect.arrayContaining([refused, ...served]));
    expect(all.filter((answer) => (answer as { event: string }).event === 'default')).toEqual([]);
    socket.close();
  });
});
