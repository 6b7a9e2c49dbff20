import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientTCP, EventPattern, MessagePattern, Payload, ServerTCP } from '@nestjs/microservices';
import { type InMemoryTenantStore, type Tenant, TenantContext } from '@rowhouse/core';
import { firstValueFrom, map } from 'rxjs';
import { writeToken } from '../messages/message-token.js';
import { TenantMessages } from '../messages/tenant-messages.js';
import { exampleStore } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { TenantOptional } from '../routes/tenant-route.decorator.js';
import { TenancyModule } from '../tenancy.module.js';
import { purposeOfPattern } from './message-purpose.js';
import { tenantClient } from './tenant-client.js';
import { tenantServer } from './tenant-server.js';

const KEY = 'k'.repeat(32);
const OLD_KEY = 'o'.repeat(32);

const heard: string[] = [];
const scope = () => TenantContext.get()?.slug ?? 'none';

@Controller()
class OrdersController {
  @MessagePattern('who')
  async who() {
    await null;
    return scope();
  }

  @MessagePattern({ cmd: 'whose', version: 1 })
  whose(@Payload() order: unknown) {
    return { order, slug: scope() };
  }

  @MessagePattern('anybody')
  @TenantOptional()
  anybody() {
    return scope();
  }

  @EventPattern('placed')
  placed(@Payload() n: number) {
    heard.push(`first ${scope()} ${n}`);
  }
}

@Controller()
class MailsController {
  @EventPattern('placed')
  async placed(@Payload() n: number) {
    await null;
    heard.push(`second ${scope()} ${n}`);
  }
}

@Injectable()
class Nothing {}

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  heard.length = 0;
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function messagesOf(keys: readonly string[], store = exampleStore()) {
  @Module({
    imports: [
      TenancyModule.forRoot({
        store,
        resolvers: [new HeaderResolver()],
        messages: { keys, maxAgeMs: 60_000 },
      }),
    ],
    providers: [Nothing],
  })
  class ClientModule {}
  const app = await NestFactory.createApplicationContext(ClientModule, {
    logger: false,
    abortOnError: false,
  });
  opened.push(app);
  return app.get(TenantMessages);
}

/** A microservice by itself, whose options come from a factory. */
async function serve(keys: readonly string[] = [KEY], store: InMemoryTenantStore = exampleStore()) {
  @Module({
    imports: [TenancyModule.forRoot({ store, resolvers: [new HeaderResolver()], messages: { keys } })],
    controllers: [OrdersController, MailsController],
  })
  class ServerModule {}
  const app = await NestFactory.createMicroservice(ServerModule, {
    inject: [TenantMessages],
    useFactory: (messages: TenantMessages) => ({
      strategy: tenantServer(new ServerTCP({ host: '127.0.0.1', port: 0 }), messages),
    }),
    logger: false,
    abortOnError: false,
  });
  opened.push(app);
  await app.listen();
  return (app.unwrap() as { address(): { port: number } }).address().port;
}

function connect(port: number): ClientTCP {
  const client = new ClientTCP({ host: '127.0.0.1', port });
  opened.push(client);
  return client;
}

let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  const store = exampleStore();
  acme = (await store.findBySlug('acme' as Tenant['slug'])) as Tenant;
  globex = (await store.findBySlug('globex' as Tenant['slug'])) as Tenant;
});

/** The answer, or the code of the error. */
async function ask(client: ClientTCP, pattern: unknown, data: unknown = {}): Promise<unknown> {
  return firstValueFrom(client.send(pattern, data)).catch((error: { code?: string }) => error.code ?? error);
}

/** A client that sends any token with a message. */
function forging(port: number, token: unknown): ClientTCP {
  const client = connect(port);
  Object.assign(client, { serializer: { serialize: (packet: object) => ({ ...packet, rowhouse: token }) } });
  return client;
}

const tokenOf = ({ key = KEY, tenantId = acme.id, issuedAt = new Date(), pattern = 'who' as unknown } = {}) =>
  writeToken({ tenantId, issuedAt }, purposeOfPattern(pattern), key);

describe('messages between services', () => {
  it('are handled in the context of the tenant of their sender', async () => {
    const client = tenantClient(connect(await serve()), await messagesOf([KEY]));
    for (const tenant of [acme, globex, acme])
      await TenantContext.run(tenant, async () => {
        expect(await ask(client, 'who')).toBe(tenant.slug);
        expect(await ask(client, { version: 1, cmd: 'whose' }, [1])).toEqual({
          order: [1],
          slug: tenant.slug,
        });
      });
  });

  it('are answered in the context of who asked, whoever opened the connection', async () => {
    const port = await serve();
    const seenBy = async (client: ClientTCP, tenant: Tenant) =>
      TenantContext.run(tenant, () => firstValueFrom(client.send('anybody', {}).pipe(map(scope))));
    const ours = tenantClient(connect(port), await messagesOf([KEY]));
    expect([await seenBy(ours, acme), await seenBy(ours, globex)]).toEqual(['acme', 'globex']);
    // What Nest does by itself.
    const plain = connect(port);
    expect([await seenBy(plain, acme), await seenBy(plain, globex)]).toEqual(['acme', 'acme']);
  });

  it('that name no tenant reach only what needs none', async () => {
    const client = tenantClient(connect(await serve()), await messagesOf([KEY]));
    expect(await ask(client, 'who')).toBe('TENANT_UNRESOLVED');
    expect(await ask(client, 'anybody')).toBe('none');
    expect(await TenantContext.runAsSystem('spec', () => ask(client, 'who'))).toBe('TENANT_UNRESOLVED');
    const entry = { tenantId: acme.id } as never;
    expect(await TenantContext.run(acme, () => ask(client, 'who'), { entry })).toBe('TENANT_UNRESOLVED');
  });

  it('are refused unless they are signed by a key, lately, for their pattern', async () => {
    const port = await serve();
    expect(await ask(forging(port, tokenOf()), 'who')).toBe('acme');
    const ago = (ms: number) => new Date(Date.now() - ms);
    for (const token of [
      '',
      null,
      acme.id,
      {},
      tokenOf({ key: 'another key of more than 32 characters' }),
      tokenOf().replace(acme.id, globex.id),
      tokenOf().slice(0, -1),
      `${tokenOf()}A`,
      writeToken({ tenantId: acme.id, issuedAt: new Date() }, purposeOfPattern('who'), undefined),
      tokenOf({ pattern: 'anybody' }),
      tokenOf({ pattern: { cmd: 'who' } }),
      tokenOf({ issuedAt: ago(3_600_000) }),
      tokenOf({ issuedAt: ago(-3_600_000) }),
    ])
      expect([token, await ask(forging(port, token), 'who')]).toEqual([token, 'MESSAGE_REFUSED']);
    // Also where no tenant is needed.
    expect(await ask(forging(port, 'x'), 'anybody')).toBe('MESSAGE_REFUSED');
  });

  it('are refused for tenants that are not served', async () => {
    const store = exampleStore();
    const port = await serve([KEY], store);
    expect(await ask(forging(port, tokenOf()), 'who')).toBe('acme');
    await store.setStatus(acme.id, 'suspended');
    expect(await ask(forging(port, tokenOf()), 'who')).toBe('TENANT_SUSPENDED');
    await store.remove(acme.id);
    expect(await ask(forging(port, tokenOf()), 'who')).toBe('TENANT_NOT_FOUND');
  });

  it('may be signed by an older key, while it is named', async () => {
    const port = await serve([KEY, OLD_KEY]);
    expect(await ask(forging(port, tokenOf({ key: OLD_KEY })), 'who')).toBe('acme');
  });

  it('may be events, with several handlers', async () => {
    const port = await serve();
    const client = tenantClient(connect(port), await messagesOf([KEY]));
    forging(port, 'x').emit('placed', 0);
    for (const tenant of [acme, globex]) TenantContext.run(tenant, () => client.emit('placed', 1));
    while (heard.length < 4) await new Promise(setImmediate);
    expect([...heard].sort()).toEqual(['first acme 1', 'first globex 1', 'second acme 1', 'second globex 1']);
  });

  it('need a key', async () => {
    const messages = await messagesOf([]);
    const refused = expect.objectContaining({ code: 'OPTIONS_INVALID' });
    expect(() => tenantClient(connect(1), messages)).toThrow(refused);
    expect(() => tenantServer(new ServerTCP({}), messages)).toThrow(refused);
    await expect(messagesOf(['short'])).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it('are signed once by a client that two providers share', async () => {
    const client = connect(await serve());
    const messages = await messagesOf([KEY]);
    expect(tenantClient(tenantClient(client, messages), messages)).toBe(client);
    expect(await TenantContext.run(acme, () => ask(client, 'who'))).toBe('acme');
  });
});
