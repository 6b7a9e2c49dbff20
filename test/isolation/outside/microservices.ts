import { join } from 'node:path';
import { Controller, type INestApplication, Module } from '@nestjs/common';
import {
  ClientGrpcProxy,
  type ClientProxy,
  ClientRedis,
  ClientTCP,
  GrpcMethod,
  MessagePattern,
  Payload,
  ServerGrpc,
  ServerRedis,
  ServerTCP,
} from '@nestjs/microservices';
import { TenantMessages, TenantRunner } from '@rowhouse/nestjs';
import { tenantClient, tenantGrpcClient, tenantServer } from '@rowhouse/nestjs/microservices';
import { defer, from, lastValueFrom, mergeMap, type Observable, of } from 'rxjs';
import { ROOT } from '../../../tools/workspace.mjs';
import { LibraryModule, LibraryService } from '../http/library-app.js';
import type { RunningLibrary } from '../http/start-library.js';
import type { Way } from './actions.js';
import { carryOut, type Order } from './orders.js';

export const MESSAGE_KEY = 'a key that all services of this test have';

const grpcOptions = {
  package: 'orders',
  protoPath: join(ROOT, 'test/isolation/outside/orders.proto'),
};

@Controller()
class OrderMessages {
  constructor(private readonly library: LibraryService) {}

  @MessagePattern('promise')
  asPromise(@Payload() order: Order) {
    return this.#answer(order);
  }

  /** The work begins when the observable is subscribed to. */
  @MessagePattern({ cmd: 'observable', version: 2 })
  asObservable(@Payload() order: Order): Observable<unknown> {
    return defer(() => from(this.#answer(order)));
  }

  @GrpcMethod('Orders', 'Place')
  async place({ json }: { json: string }) {
    return { json: JSON.stringify(await this.#answer(JSON.parse(json))) };
  }

  @GrpcMethod('Orders', 'Follow')
  follow(order: { json: string }): Observable<unknown> {
    return defer(() => from(this.place(order)));
  }

  async #answer(order: Order) {
    try {
      return { answer: (await carryOut(order, this.library)) ?? null };
    } catch (error) {
      return { error: (error as Error).message };
    }
  }
}

@Module({ imports: [LibraryModule], controllers: [OrderMessages] })
export class MicroservicesModule {}

type Outcome = { readonly answer?: unknown; readonly error?: string };

interface OrdersService {
  place(order: { json: string }): Observable<{ json: string }>;
  follow(order: { json: string }): Observable<{ json: string }>;
}

/** How services and their clients reach each other. */
export interface Link {
  server(): ServerTCP | ServerRedis | ServerGrpc;
  /** @returns what sends an order, from the context of whoever asks. */
  client(messages: TenantMessages): {
    send(order: Order, turn: number): Observable<Outcome>;
    close(): unknown;
  };
}

function byPattern(client: Pick<ClientProxy, 'send' | 'emit' | 'close'>) {
  return {
    send: (order: Order, turn: number): Observable<Outcome> =>
      client.send(turn % 2 === 0 ? 'promise' : { version: 2, cmd: 'observable' }, order),
    close: () => client.close(),
  };
}

export const tcpLink = (port: number): Link => ({
  server: () => new ServerTCP({ host: '127.0.0.1', port }),
  client: (messages) => byPattern(tenantClient(new ClientTCP({ host: '127.0.0.1', port }), messages)),
});

export const redisLink = (port: number): Link => ({
  server: () => new ServerRedis({ host: '127.0.0.1', port }),
  client: (messages) => byPattern(tenantClient(new ClientRedis({ host: '127.0.0.1', port }), messages)),
});

export const grpcLink = (port: number): Link => ({
  server: () => new ServerGrpc({ ...grpcOptions, url: `127.0.0.1:${port}` }),
  client(messages) {
    const client = tenantGrpcClient(
      new ClientGrpcProxy({ ...grpcOptions, url: `127.0.0.1:${port}` }),
      messages,
    );
    const orders = client.getService<OrdersService>('Orders');
    return {
      send: (order, turn) =>
        orders[turn % 2 === 0 ? 'place' : 'follow']({ json: JSON.stringify(order) }).pipe(
          mergeMap(({ json }) => of(JSON.parse(json) as Outcome)),
        ),
      close: () => client.close(),
    };
  },
});

export const serve = (link: Link) => async (app: INestApplication) => {
  const strategy = tenantServer(link.server(), app.get(TenantMessages));
  app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  await app.startAllMicroservices();
};

/** One client for all tenants. It asks the library itself as well, when an answer comes. */
export const openMicroservice =
  (link: Link) =>
  async ({ app }: RunningLibrary): Promise<Way> => {
    const runner = app.get(TenantRunner);
    const library = app.get(LibraryService);
    const client = link.client(app.get(TenantMessages));
    let turn = 0;
    const ask = async (order: Order) => {
      turn += 1;
      const { answer, error } = await lastValueFrom(client.send(order, turn));
      if (error !== undefined) throw new Error(error);
      return answer;
    };
    const listAfter = (order: Order) =>
      lastValueFrom(client.send(order, 0).pipe(mergeMap(() => carryOut({ do: 'list' }, library))));
    return {
      send: (slug, order) => runner.run(slug, () => (order.do === 'list' ? listAfter(order) : ask(order))),
      sendForNobody: ask,
      close: async () => void (await client.close()),
    };
  };
