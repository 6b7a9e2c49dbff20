import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import {
  Args,
  Context,
  Field,
  GraphQLModule,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { TenantConnections, tenantPubSub, tenantSubscriptions } from '@rowhouse/nestjs/graphql';
import DataLoader from 'dataloader';
import { PubSub } from 'graphql-subscriptions';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { LibraryModule, LibraryService } from '../http/library-app.js';
import type { RunningLibrary } from '../http/start-library.js';
import type { Way } from './actions.js';
import { carryOut, type Order } from './orders.js';

@ObjectType()
class Receipt {
  @Field(() => Int) id!: number;
  /** An order, as JSON. */
  @Field() order!: string;
  @Field(() => String, { nullable: true }) answer?: string | null;
  @Field(() => [String]) titles?: string[];
}

interface OperationContext {
  titles?: DataLoader<number, string>;
}

@Resolver(() => Receipt)
class OrderResolver {
  readonly #pubSub = tenantPubSub(new PubSub());

  constructor(private readonly library: LibraryService) {}

  @Query(() => Receipt)
  receipt(@Args('id', { type: () => Int }) id: number): Receipt {
    return { id, order: '{"do":"list"}' };
  }

  @Mutation(() => Receipt)
  order(@Args('id', { type: () => Int }) id: number, @Args('order') order: string): Receipt {
    return { id, order };
  }

  /** Answered by an event. */
  @Mutation(() => Boolean)
  async send(@Args('id', { type: () => Int }) id: number, @Args('order') order: string) {
    await this.#pubSub.publish('ordered', { ordered: { id, order } });
    return true;
  }

  @Subscription(() => Receipt, {
    filter(this: OrderResolver, { ordered }: { ordered: Receipt }) {
      return ordered.id > 0;
    },
  })
  ordered() {
    return this.#pubSub.asyncIterableIterator('ordered');
  }

  @ResolveField(() => String, { nullable: true })
  async answer(@Parent() { order }: Receipt) {
    return JSON.stringify((await carryOut(JSON.parse(order), this.library)) ?? null);
  }

  /** Loaded together, for all receipts of an operation. */
  @ResolveField(() => [String])
  titles(@Context() context: OperationContext) {
    context.titles ??= new DataLoader(async (pages) => {
      const books = await this.library.list();
      return pages.map((page) => books[page]?.title ?? '');
    });
    return context.titles.loadMany([0, 1]);
  }
}

@Module({
  imports: [
    LibraryModule,
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      inject: [TenantConnections],
      useFactory: (connections: TenantConnections) => ({
        autoSchemaFile: true,
        subscriptions: { 'graphql-ws': tenantSubscriptions(connections) },
      }),
    }),
  ],
  providers: [OrderResolver],
})
export class GraphQLOrdersModule {}

interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: ReadonlyArray<{ readonly message: string; readonly extensions?: { code?: unknown } }>;
}

type Run = (slug: string, query: string, variables: object) => Promise<Result>;

/** Two fields that are resolved at once, and a loader. */
const ORDER = `mutation ($id: Int!, $order: String!) { order(id: $id, order: $order) { answer titles } }`;
const LIST = `query { a: receipt(id: 1) { answer titles } b: receipt(id: 2) { answer titles } }`;
const SEND = `mutation ($id: Int!, $order: String!) { send(id: $id, order: $order) }`;
const ORDERED = `subscription { ordered { id answer } }`;

function dataOf({ data, errors }: Result): Record<string, { answer: string; titles: string[] }> {
  if (errors?.length) throw new Error(JSON.stringify(errors));
  return data as Record<string, { answer: string; titles: string[] }>;
}

function orderBy(run: Run): Pick<Way, 'send' | 'sendForNobody'> {
  const send = async (slug: string, order: Order) => {
    if (order.do === 'list') {
      const { a, b } = dataOf(await run(slug, LIST, {}));
      const [first = ''] = a?.titles ?? [];
      const titles = JSON.parse(b?.answer ?? '[]') as string[];
      if (titles.length > 0 && !titles.includes(first)) throw new Error(`${first} was loaded for another`);
      return titles;
    }
    const { order: receipt } = dataOf(await run(slug, ORDER, { id: 1, order: JSON.stringify(order) }));
    return JSON.parse(receipt?.answer ?? 'null');
  };
  return { send, sendForNobody: (order) => send('', order) };
}

/** By the queries and mutations of requests. */
export async function openGraphQLRequests({ port }: RunningLibrary): Promise<Way> {
  return { ...orderBy((...args) => postGraphQL(port, ...args)), close: async () => {} };
}

async function postGraphQL(port: number, slug: string, query: string, variables: object): Promise<Result> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(slug ? { 'x-tenant-id': slug } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Result;
}

type GraphQLClient = ReturnType<typeof createClient>;

function connect(port: number, slug: string): GraphQLClient {
  class Socket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: slug ? { 'x-tenant-id': slug } : {} });
    }
  }
  return createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: Socket, retryAttempts: 0 });
}

function clients(port: number) {
  const open = new Map<string, GraphQLClient>();
  return {
    of(slug: string) {
      const client = open.get(slug) ?? connect(port, slug);
      open.set(slug, client);
      return client;
    },
    async close() {
      for (const client of open.values()) await client.dispose();
    },
  };
}

/** By queries and mutations over the socket of subscriptions. */
export async function openGraphQLSockets({ port }: RunningLibrary): Promise<Way> {
  const { of, close } = clients(port);
  const run: Run = (slug, query, variables) =>
    new Promise((resolve, reject) => {
      let result: Result = {};
      of(slug).subscribe(
        { query, variables: variables as Record<string, unknown> },
        {
          next: (next) => {
            result = next as Result;
          },
          error: reject,
          complete: () => resolve(result),
        },
      );
    });
  return { ...orderBy(run), close };
}

/** A mutation publishes the order, and the event of a subscription brings the answer. */
export async function openGraphQLSubscriptions({ port }: RunningLibrary): Promise<Way> {
  const { of, close } = clients(port);
  const waiting = new Map<number, (result: Result) => void>();
  const subscribed = new Map<string, Promise<unknown>>();
  let last = 0;
  const subscribe = async (slug: string) => {
    let isHeard = false;
    const id = ++last;
    waiting.set(id, () => {
      isHeard = true;
    });
    of(slug).subscribe(
      { query: ORDERED },
      {
        next: (result) => {
          const { ordered } = (result.data ?? {}) as { ordered?: { id: number } };
          const number = ordered?.id ?? pending.get(slug);
          if (number !== undefined) waiting.get(number)?.(result as Result);
        },
        error: () => {},
        complete: () => {},
      },
    );
    // When it hears itself, it is subscribed.
    while (!isHeard) dataOf(await postGraphQL(port, slug, SEND, { id, order: '{"do":"list"}' }));
  };
  const pending = new Map<string, number>();
  const send = async (slug: string, order: Order) => {
    if (slug) {
      const subscription = subscribed.get(slug) ?? subscribe(slug);
      subscribed.set(slug, subscription);
      await subscription;
    }
    const id = ++last;
    const result = new Promise<Result>((resolve) => waiting.set(id, resolve));
    pending.set(slug, id);
    dataOf(await postGraphQL(port, slug, SEND, { id, order: JSON.stringify(order) }));
    const { ordered } = dataOf(await result);
    return JSON.parse(ordered?.answer ?? 'null');
  };
  return { send, sendForNobody: (order) => send('', order), close };
}
