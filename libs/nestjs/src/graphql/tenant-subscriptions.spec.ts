import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule, Query, Resolver, Subscription } from '@nestjs/graphql';
import { type InMemoryTenantStore, type Tenant, TenantContext } from '@rowhouse/core';
import { PubSub } from 'graphql-subscriptions';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { closeApps, exampleStore, startApp } from '../platforms.fixture.js';
import { TokenTenantPolicy } from '../routes/token-tenant-policy.js';
import { TenantConnections } from '../sockets/tenant-connections.js';
import type { TenancyModuleOptions } from '../tenancy-options.js';
import { tenantPubSub } from './tenant-pub-sub.js';
import { type TenantSubscriptionsOptions, tenantSubscriptions } from './tenant-subscriptions.js';

const shared = new PubSub();
const apart = tenantPubSub(shared);

const scope = () => TenantContext.get()?.slug ?? 'none';

@Resolver()
class NotesResolver {
  @Query(() => String)
  who() {
    return scope();
  }

  /** Hears everybody: its context is its own all the same. */
  @Subscription(() => String, {
    async filter() {
      return scope() !== 'none';
    },
    async resolve({ shouted }: { shouted: string }) {
      await null;
      return `${shouted} heard by ${scope()}`;
    },
  })
  shouted() {
    return shared.asyncIterableIterator('shouted');
  }

  @Subscription(() => String)
  noted() {
    return apart.asyncIterableIterator(['noted']);
  }
}

const open: Client[] = [];

async function start(options: TenantSubscriptionsOptions = {}, tenancy: Partial<TenancyModuleOptions> = {}) {
  const store = exampleStore();
  const { port } = await startApp('express', {
    imports: [
      GraphQLModule.forRootAsync<ApolloDriverConfig>({
        driver: ApolloDriver,
        inject: [TenantConnections],
        useFactory: (connections: TenantConnections) => ({
          autoSchemaFile: true,
          subscriptions: { 'graphql-ws': tenantSubscriptions(connections, options) },
        }),
      }),
    ],
    providers: [NotesResolver],
    tenancy: { store, ...tenancy },
  });
  return { port, store };
}

function connect(port: number, slug: string | undefined, connectionParams?: Record<string, unknown>) {
  class Socket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: slug ? { 'x-tenant-id': slug } : {} });
    }
  }
  let close: (why: string) => void = () => {};
  const closed = new Promise<string>((resolve) => {
    close = resolve;
  });
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: Socket,
    retryAttempts: 0,
    lazy: true,
    connectionParams,
    on: { closed: (event) => close(`${(event as CloseEvent).code} ${(event as CloseEvent).reason}`) },
  });
  open.push(client);
  return { client, closed };
}

interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

async function ask(client: Client, query: string): Promise<unknown> {
  for await (const { data, errors } of client.iterate({ query }))
    return errors?.[0]?.extensions?.['code'] ?? data;
  return undefined;
}

async function suspend(store: InMemoryTenantStore, slug: string) {
  const { id } = (await store.findBySlug(slug as Tenant['slug'])) as Tenant;
  await store.setStatus(id, 'suspended');
}

afterEach(async () => {
  for (const client of open.splice(0)) await client.dispose();
  await closeApps();
});

describe('operations over WebSocket', () => {
  it('run in the context of the tenant of the handshake', async () => {
    const { port } = await start();
    for (const slug of ['acme', 'globex'])
      expect(await ask(connect(port, slug).client, '{ who }')).toEqual({ who: slug });
  });

  it('are refused without a tenant', async () => {
    const { port } = await start();
    expect(await ask(connect(port, undefined).client, '{ who }')).toBe('TENANT_UNRESOLVED');
    expect(await ask(connect(port, undefined).client, 'subscription { noted }')).toBe('TENANT_UNRESOLVED');
  });

  it.each([
    ['nobody', '4403 TENANT_NOT_FOUND'],
    ['suspended', '4403 TENANT_SUSPENDED'],
    ['maintenance', '1013 TENANT_UNAVAILABLE'],
  ])('are refused for the tenant %s', async (slug, reason) => {
    const { port } = await start();
    const { client, closed } = connect(port, slug);
    await ask(client, '{ who }').catch(() => {});
    expect(await closed).toBe(reason);
  });

  it('are of whom the app has authenticated, as the access policy lets in', async () => {
    const { port } = await start(
      {
        authenticate: (handshake, { connectionParams }) => {
          handshake.user = { tenant_id: connectionParams?.['member'] };
        },
      },
      { accessPolicy: new TokenTenantPolicy() },
    );
    expect(await ask(connect(port, 'acme', { member: 'acme' }).client, '{ who }')).toEqual({ who: 'acme' });
    const { client, closed } = connect(port, 'globex', { member: 'acme' });
    await ask(client, '{ who }').catch(() => {});
    expect(await closed).toBe('4403 TENANT_ACCESS_DENIED');
  });

  it('refuse wrong options', () => {
    expect(() => tenantSubscriptions({} as TenantConnections, { authenticate: 1 as never })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
  });
});

describe('subscriptions', () => {
  /** Listens, and publishes until the first event is there. */
  async function listen(client: Client, query: string, publish: () => unknown) {
    const events = client.iterate({ query });
    const first = events.next();
    let isHeard = false;
    void first.then(() => {
      isHeard = true;
    });
    while (!isHeard) {
      await publish();
      await new Promise(setImmediate);
    }
    return { first: (await first).value?.data, events };
  }

  it('run in the context of the subscriber, whoever publishes', async () => {
    const { port, store } = await start();
    const globex = (await store.findBySlug('globex' as Tenant['slug'])) as Tenant;
    const { first } = await listen(connect(port, 'acme').client, 'subscription { shouted }', () =>
      TenantContext.run(globex, () => shared.publish('shouted', { shouted: 'by globex' })),
    );
    expect(first).toEqual({ shouted: 'by globex heard by acme' });
  });

  it('hear nothing of another tenant, with tenantPubSub()', async () => {
    const { port, store } = await start();
    const [acme, globex] = await Promise.all(
      ['acme', 'globex'].map(async (slug) => (await store.findBySlug(slug as Tenant['slug'])) as Tenant),
    );
    const publish = (tenant: Tenant | undefined, noted: string) =>
      TenantContext.run(tenant as Tenant, () => apart.publish('noted', { noted }));
    const { first } = await listen(connect(port, 'acme').client, 'subscription { noted }', async () => {
      await publish(globex, 'of globex');
      await publish(acme, 'of acme');
    });
    expect(first).toEqual({ noted: 'of acme' });
    await expect(apart.publish('noted', {})).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    expect(() => apart.asyncIterableIterator('noted')).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING' }),
    );
  });

  it('end when their tenant is suspended', async () => {
    const { port, store } = await start();
    const { client, closed } = connect(port, 'acme');
    const { events } = await listen(client, 'subscription { shouted }', () =>
      shared.publish('shouted', { shouted: 'x' }),
    );
    const next = events.next().then(
      () => 'more',
      () => 'ended',
    );
    await suspend(store, 'acme');
    expect(await closed).toBe('4403 TENANT_SUSPENDED');
    let outcome = await next;
    while (outcome === 'more')
      outcome = await events.next().then(
        ({ done }) => (done ? 'ended' : 'more'),
        () => 'ended',
      );
    expect(outcome).toBe('ended');
  });
});
