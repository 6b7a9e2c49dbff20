import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { Controller, Get, UseFilters } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { InMemoryTenantStore, type Tenant, TenantContext, TenantStoreUnavailableError } from '@rowhouse/core';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { TenancyExceptionFilter } from '../http/tenancy-exception.filter.js';
import { closeApps, exampleStore, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { SubdomainResolver } from '../resolvers/subdomain.resolver.js';
import { TenantOptional } from '../routes/tenant-route.decorator.js';
import { TokenTenantPolicy } from '../routes/token-tenant-policy.js';
import { type TenantSocketsOptions, tenantOfSocket, tenantRoom, tenantSockets } from './tenant-sockets.js';

const seen: string[] = [];

function scope(): string {
  const current = TenantContext.scope();
  return current?.kind === 'tenant' ? current.tenant.slug : (current?.kind ?? 'none');
}

@WebSocketGateway()
@UseFilters(TenancyExceptionFilter)
class NotesGateway {
  @WebSocketServer() server!: { to(room: string): { emit(event: string, data: string): void } };

  handleConnection(client: object) {
    seen.push(`+ ${scope()} ${tenantOfSocket(client)?.slug ?? 'none'}`);
  }

  handleDisconnect() {
    seen.push(`- ${scope()}`);
  }

  @SubscribeMessage('who')
  async who(@MessageBody() data: string) {
    await null;
    return { event: 'who', data: `${scope()} ${data}` };
  }

  @SubscribeMessage('plan')
  plan() {
    return { event: 'plan', data: TenantContext.require().plan };
  }

  @SubscribeMessage('anybody')
  @TenantOptional()
  anybody() {
    return { event: 'anybody', data: scope() };
  }

  @SubscribeMessage('shout')
  shout(@MessageBody() text: string, @ConnectedSocket() client: { rooms?: Set<string> }) {
    if (client.rooms) this.server.to(tenantRoom()).emit('shouted', text);
  }
}

@WebSocketGateway()
class SecondGateway {
  handleConnection() {
    seen.push(`2nd ${scope()}`);
  }

  @SubscribeMessage('second')
  second() {
    return { event: 'second', data: scope() };
  }
}

@WebSocketGateway({ namespace: 'other' })
class OtherGateway {
  @SubscribeMessage('who')
  who() {
    return { event: 'who', data: scope() };
  }
}

@Controller()
class PagesController {
  @Get('page')
  page() {
    return scope();
  }
}

/** A client of either kind, as these specs use it. */
interface Client {
  send(event: string, data?: unknown): void;
  /** The next message, as `event data`. */
  next(): Promise<string>;
  /** Resolves with why, when it is closed. */
  readonly closed: Promise<string>;
  close(): void;
}

class Inbox {
  readonly #messages: string[] = [];
  #wake: (() => void) | undefined;

  put(message: string): void {
    this.#messages.push(message);
    this.#wake?.();
  }

  async next(): Promise<string> {
    while (this.#messages.length === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#messages.shift() as string;
  }
}

type Headers = Record<string, string>;

const kinds = {
  ws: {
    adapter: WsAdapter,
    async connect(port: number, headers: Headers, whenOpen?: (client: Client) => void): Promise<Client> {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers });
      const inbox = new Inbox();
      socket.on('message', (text) => {
        const { event, data } = JSON.parse(String(text));
        inbox.put(`${event} ${data.code ?? data}`);
      });
      const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`);
      const client: Client = {
        send: (event, data) => socket.send(JSON.stringify({ event, data })),
        next: () => inbox.next(),
        closed,
        close: () => socket.close(),
      };
      await once(socket, 'open');
      whenOpen?.(client);
      return client;
    },
  },
  'socket.io': {
    adapter: IoAdapter,
    async connect(port: number, headers: Headers, whenOpen?: (client: Client) => void): Promise<Client> {
      const socket = io(`http://127.0.0.1:${port}`, {
        extraHeaders: headers,
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
      });
      const client = ioClient(socket);
      const outcome = await Promise.race([connected(socket).then(() => 'open'), client.closed]);
      if (outcome === 'open') whenOpen?.(client);
      return client;
    },
  },
} as const;

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('connect', resolve));
}

function ioClient(socket: Socket): Client {
  const inbox = new Inbox();
  socket.onAny((event, data) => inbox.put(`${event} ${data.code ?? data}`));
  const closed = new Promise<string>((resolve) => {
    socket.once('connect_error', (error) => resolve((error as { data?: { code: string } }).data?.code ?? ''));
    socket.once('disconnect', (reason) => resolve(reason));
  });
  return {
    send: (event, data) => socket.emit(event, data),
    next: () => inbox.next(),
    closed,
    close: () => socket.disconnect(),
  };
}

const as = (slug: string): Headers => ({ 'x-tenant-id': slug });

/** A store whose answers can be held back, or fail. */
class SlowStore extends InMemoryTenantStore {
  gate: Promise<void> = Promise.resolve();
  fails = false;

  override async findById(id: string): Promise<Tenant | undefined> {
    return this.#answer(await super.findById(id));
  }

  override async findBySlug(slug: Tenant['slug']): Promise<Tenant | undefined> {
    return this.#answer(await super.findBySlug(slug));
  }

  async #answer(tenant: Tenant | undefined): Promise<Tenant | undefined> {
    await this.gate;
    if (this.fails) throw new Error('down');
    return tenant;
  }
}

beforeEach(() => {
  seen.length = 0;
});
afterEach(closeApps);

describe.each(['ws', 'socket.io'] as const)('sockets with the adapter of %s', (kind) => {
  const { adapter, connect } = kinds[kind];

  async function start({
    store = exampleStore(),
    options,
    ...tenancy
  }: {
    store?: InMemoryTenantStore;
    options?: TenantSocketsOptions<object>;
    accessPolicy?: TokenTenantPolicy;
    resolvers?: (HeaderResolver | SubdomainResolver)[];
    directory?: object;
  } = {}) {
    const providers = [NotesGateway, SecondGateway, ...(kind === 'ws' ? [] : [OtherGateway])];
    const { port } = await startApp('express', {
      providers,
      controllers: [PagesController],
      tenancy: { store, ...tenancy },
      prepare: (app) => app.useWebSocketAdapter(tenantSockets(app, new adapter(app), options)),
    });
    return { port, store };
  }

  it('run every handler in the context of the tenant that the handshake names', async () => {
    const { port } = await start();
    const [acme, globex] = await Promise.all([connect(port, as('acme')), connect(port, as('globex'))]);
    for (const [client, name] of [
      [acme, 'acme'],
      [globex, 'globex'],
      [acme, 'acme'],
    ] as const) {
      client.send('who', 'a');
      client.send('second');
      const answers = [await client.next(), await client.next()].sort();
      expect(answers).toEqual([`second ${name}`, `who ${name} a`]);
    }
    for (const name of ['acme', 'globex'])
      expect(seen).toEqual(expect.arrayContaining([`+ ${name} ${name}`, `2nd ${name}`]));
    acme.close();
    await acme.closed;
    globex.send('who', 'b');
    await globex.next();
    while (!seen.includes('- acme')) await new Promise(setImmediate);
    globex.close();
  });

  it.each([
    ['nobody', '1008 TENANT_NOT_FOUND'],
    ['suspended', '1008 TENANT_SUSPENDED'],
    ['maintenance', '1013 TENANT_UNAVAILABLE'],
    ['acme!', '1008 TENANT_ID_INVALID'],
  ])('are refused for the tenant %s', async (slug, reason) => {
    const { port } = await start();
    const client = await connect(port, as(slug));
    expect(await client.closed).toBe(kind === 'ws' ? reason : reason.slice(5));
    expect(seen).toEqual([]);
  });

  it('are refused when the handshake names two tenants', async () => {
    const resolvers = [new HeaderResolver(), new SubdomainResolver({ baseDomains: ['example.com'] })];
    const { port } = await start({ resolvers });
    const refused = await connect(port, { ...as('acme'), host: 'globex.example.com' });
    expect(await refused.closed).toMatch(/TENANT_MISMATCH/);
    const client = await connect(port, { host: 'globex.example.com' });
    client.send('who', 'x');
    expect(await client.next()).toBe('who globex x');
    client.close();
  });

  it('serve only what needs no tenant, where the handshake names none', async () => {
    const { port } = await start();
    const client = await connect(port, {});
    client.send('who', 'x');
    expect(await client.next()).toBe('exception TENANT_UNRESOLVED');
    client.send('anybody');
    expect(await client.next()).toBe('anybody none');
    expect([...seen].sort()).toEqual(['+ none none', '2nd none']);
    client.close();
  });

  it('do not take over the tenant of an earlier request on the same TCP connection', async () => {
    const { port } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const page = httpRequest({ port, agent, path: '/page', headers: as('acme') }).end();
    const [response] = await once(page, 'response');
    response.resume();
    await once(response, 'end');
    const socket = new WebSocket(
      kind === 'ws'
        ? `ws://127.0.0.1:${port}`
        : `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`,
      { agent },
    );
    const texts: string[] = [];
    socket.on('message', (text) => {
      texts.push(String(text));
      if (String(text).startsWith('0')) socket.send('40');
      if (String(text).startsWith('40')) socket.send('42["anybody"]');
    });
    await once(socket, 'open');
    if (kind === 'ws') socket.send('{"event":"anybody"}');
    while (!texts.some((text) => text.includes('anybody'))) await new Promise(setImmediate);
    expect(texts.at(-1)).toBe(kind === 'ws' ? '{"event":"anybody","data":"none"}' : '42["anybody","none"]');
    socket.close();
    agent.destroy();
  });

  it('ask the access policy, and let the app prove who has opened them', async () => {
    const options: TenantSocketsOptions<object> = {
      authenticate: async (handshake) => {
        await null;
        const { authorization } = handshake.headers;
        if (authorization === 'broken') throw new RangeError('secret');
        if (authorization) handshake.user = { tenant_id: authorization };
      },
    };
    const { port } = await start({ options, accessPolicy: new TokenTenantPolicy() });
    const member = await connect(port, { ...as('acme'), authorization: 'acme' });
    member.send('who', 'x');
    expect(await member.next()).toBe('who acme x');
    member.close();
    for (const headers of [as('acme'), { ...as('globex'), authorization: 'acme' }])
      expect(await (await connect(port, headers)).closed).toMatch(/TENANT_ACCESS_DENIED/);
    const broken = await connect(port, { ...as('acme'), authorization: 'broken' });
    expect(await broken.closed).toMatch(/HANDSHAKE_FAILED/);
    expect(seen.filter((line) => line.startsWith('+'))).toEqual(['+ acme acme']);
  });

  it('lose nothing, and keep the order, of what is sent before the tenant is known', async () => {
    const store = new SlowStore([{ slug: 'acme' }]);
    const { port } = await start({ store });
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const connecting = connect(port, as('acme'), (client) => {
      for (const n of [1, 2, 3]) client.send('who', n);
    });
    // The client of `ws` is open before its tenant is known.
    if (kind === 'ws') await connecting;
    open();
    const client = await connecting;
    expect([await client.next(), await client.next(), await client.next()]).toEqual([
      'who acme 1',
      'who acme 2',
      'who acme 3',
    ]);
    client.close();
  });

  it('are ended when their tenant is suspended, and those of others are not', async () => {
    const { port, store } = await start();
    const acme = await connect(port, as('acme'));
    const globex = await connect(port, as('globex'));
    const { id } = (await store.findBySlug('acme' as Tenant['slug'])) as Tenant;
    await store.setStatus(id, 'suspended');
    expect(await acme.next()).toBe('exception TENANT_SUSPENDED');
    expect(await acme.closed).toBe(kind === 'ws' ? '1008 TENANT_SUSPENDED' : 'io server disconnect');
    expect(await (await connect(port, as('acme'))).closed).toMatch(/TENANT_SUSPENDED/);
    globex.send('who', 'x');
    expect(await globex.next()).toBe('who globex x');
    while (!seen.includes('- acme')) await new Promise(setImmediate);
    globex.close();
  });

  it('learn of the suspension with the next message, where the store reports no changes', async () => {
    const { port, store } = await start({ directory: { feed: false, ttlMs: 0 } });
    const client = await connect(port, as('acme'));
    client.send('who', 'x');
    expect(await client.next()).toBe('who acme x');
    const { id } = (await store.findBySlug('acme' as Tenant['slug'])) as Tenant;
    await store.setStatus(id, 'suspended');
    client.send('who', 'y');
    expect(await client.next()).toBe('exception TENANT_SUSPENDED');
    await client.closed;
  });

  it('see their tenant as it is now', async () => {
    const { port, store } = await start();
    const client = await connect(port, as('acme'));
    const { id } = (await store.findBySlug('acme' as Tenant['slug'])) as Tenant;
    await store.update(id, { plan: 'pro' });
    client.send('plan');
    expect(await client.next()).toBe('plan pro');
    client.close();
  });

  it('stay open when the store is down, and refuse the message', async () => {
    const store = new SlowStore([{ slug: 'acme' }]);
    const { port } = await start({ store, directory: { feed: false, ttlMs: 0, staleIfErrorMs: 0 } });
    const client = await connect(port, as('acme'));
    store.fails = true;
    client.send('who', 'x');
    expect(await client.next()).toBe(`exception ${new TenantStoreUnavailableError(0).code}`);
    store.fails = false;
    client.send('who', 'y');
    expect(await client.next()).toBe('who acme y');
    client.close();
  });
});

describe('namespaces of socket.io', () => {
  async function start() {
    const options: TenantSocketsOptions<{ handshake: { auth: { tenant?: string } } }> = {
      authenticate: (handshake, client) => {
        const { tenant } = client.handshake.auth;
        if (tenant) handshake.headers['x-tenant-id'] = tenant;
      },
    };
    const { port } = await startApp('express', {
      providers: [NotesGateway, OtherGateway],
      prepare: (app) => app.useWebSocketAdapter(tenantSockets(app, new IoAdapter(app), options)),
    });
    const first = io(`http://127.0.0.1:${port}`, { auth: { tenant: 'acme' }, forceNew: true });
    await connected(first);
    return first;
  }

  it('of one connection belong to one tenant', async () => {
    const first = await start();
    const same = ioClient(first.io.socket('/other', { auth: { tenant: 'acme' } }));
    same.send('who');
    expect(await same.next()).toBe('who acme');
    same.close();
    first.disconnect();
  });

  it('of one connection that name two tenants are refused', async () => {
    const first = await start();
    const second = ioClient(first.io.socket('/other', { auth: { tenant: 'globex' } }));
    expect(await second.closed).toBe('CONNECTION_TENANT_MISMATCH');
    const client = ioClient(first);
    client.send('who', 'x');
    expect(await client.next()).toBe('who acme x');
    first.disconnect();
  });

  it('have a room for each tenant', async () => {
    const first = await start();
    const { port } = first.io.opts as { port: string };
    const url = `http://127.0.0.1:${port}`;
    const [colleague, stranger] = await Promise.all(
      ['acme', 'globex'].map(async (tenant) => {
        const socket = io(url, { auth: { tenant }, forceNew: true });
        const client = ioClient(socket);
        await connected(socket);
        return client;
      }),
    );
    first.emit('shout', 'hello');
    expect(await colleague?.next()).toBe('shouted hello');
    stranger?.send('who', 'x');
    expect(await stranger?.next()).toBe('who globex x');
    for (const client of [colleague, stranger]) client?.close();
    first.disconnect();
  });
});
