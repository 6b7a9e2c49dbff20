import { once } from 'node:events';
import { type INestApplication, Module } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { tenantSockets } from '@rowhouse/nestjs/websockets';
import { defer, from, type Observable } from 'rxjs';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { LibraryModule, LibraryService } from '../http/library-app.js';
import type { RunningLibrary } from '../http/start-library.js';
import type { Way } from './actions.js';
import { carryOut, type Order } from './orders.js';

interface Message {
  readonly id: number;
  readonly order: Order;
}

@WebSocketGateway()
class OrderGateway {
  constructor(private readonly library: LibraryService) {}

  @SubscribeMessage('promise')
  asPromise(@MessageBody() message: Message) {
    return this.#answer(message);
  }

  /** The work begins when the observable is subscribed to. */
  @SubscribeMessage('observable')
  asObservable(@MessageBody() message: Message): Observable<unknown> {
    return defer(() => from(this.#answer(message)));
  }

  async #answer({ id, order }: Message) {
    try {
      return { event: 'answer', data: { id, answer: (await carryOut(order, this.library)) ?? null } };
    } catch (error) {
      return { event: 'answer', data: { id, error: (error as Error).message } };
    }
  }
}

@Module({ imports: [LibraryModule], providers: [OrderGateway] })
export class SocketsModule {}

export type SocketKind = 'ws' | 'socket.io';

export const useSockets = (kind: SocketKind) => (app: INestApplication) =>
  app.useWebSocketAdapter(
    kind === 'ws' ? tenantSockets(app, new WsAdapter(app)) : tenantSockets(app, new IoAdapter(app)),
  );

interface Client {
  emit(event: string, message: Message): void;
  close(): void;
}

type Received = (event: string, data: unknown) => void;

async function openWs(port: number, headers: Record<string, string>, received: Received): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers });
  socket.on('message', (text) => {
    const { event, data } = JSON.parse(String(text));
    received(event, data);
  });
  await once(socket, 'open');
  return {
    emit: (event, data) => socket.send(JSON.stringify({ event, data })),
    close: () => socket.terminate(),
  };
}

async function openIo(port: number, headers: Record<string, string>, received: Received): Promise<Client> {
  const socket = io(`http://127.0.0.1:${port}`, {
    extraHeaders: headers,
    transports: ['websocket'],
    forceNew: true,
  });
  for (const event of ['answer', 'exception']) socket.on(event, (data) => received(event, data));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return { emit: (event, message) => socket.emit(event, message), close: () => socket.disconnect() };
}

/** A connection for each tenant, and one for nobody. */
export const openSockets =
  (kind: SocketKind) =>
  async ({ port }: RunningLibrary): Promise<Way> => {
    const clients = new Map<string, Promise<Client>>();
    const waiting = new Map<number, (outcome: { answer?: unknown; error?: string }) => void>();
    let last = 0;
    const clientOf = (slug: string) => {
      // What cannot be answered by number is an exception of nobody's socket, whose orders come one at a time.
      const received: Received = (event, data) => {
        const { id, ...outcome } = data as { id: number };
        if (event === 'answer') waiting.get(id)?.(outcome);
        else for (const [, settle] of nobodys) settle({ error: JSON.stringify(data) });
      };
      const headers: Record<string, string> = slug ? { 'x-tenant-id': slug } : {};
      const client = clients.get(slug) ?? (kind === 'ws' ? openWs : openIo)(port, headers, received);
      clients.set(slug, client);
      return client;
    };
    const nobodys = new Map<number, (outcome: { error: string }) => void>();
    const send = async (slug: string, order: Order) => {
      const client = await clientOf(slug);
      last += 1;
      const id = last;
      const outcome = await new Promise<{ answer?: unknown; error?: string }>((settle) => {
        waiting.set(id, settle);
        if (!slug) nobodys.set(id, settle);
        client.emit(id % 2 === 0 ? 'promise' : 'observable', { id, order });
      });
      waiting.delete(id);
      nobodys.delete(id);
      if (outcome.error !== undefined) throw new Error(outcome.error);
      return outcome.answer;
    };
    return {
      send,
      sendForNobody: (order) => send('', order),
      async close() {
        for (const client of clients.values()) (await client).close();
      },
    };
  };
