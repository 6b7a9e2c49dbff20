import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Body, Controller, type MessageEvent, Module, Post, Sse } from '@nestjs/common';
import { ofTenant } from '@rowhouse/nestjs';
import { mergeMap, type Observable, Subject } from 'rxjs';
import { LibraryModule, LibraryService } from '../http/library-app.js';
import type { RunningLibrary } from '../http/start-library.js';
import type { Way } from './actions.js';
import { carryOut, type Order } from './orders.js';

interface Sent {
  readonly id: number;
  readonly order: Order;
}

type Outcome = { readonly answer?: unknown; readonly error?: string };

/** Orders of all tenants go through one subject, and are carried out for whoever listens. */
@Controller('orders')
class OrderStreamController {
  readonly #orders = new Subject<Sent>();

  constructor(private readonly library: LibraryService) {}

  @Post()
  order(@Body() sent: Sent) {
    this.#orders.next(sent);
  }

  @Sse()
  answers(): Observable<MessageEvent> {
    return this.#orders.pipe(
      ofTenant(),
      mergeMap(async ({ id, order }) => {
        try {
          return { data: { id, answer: (await carryOut(order, this.library)) ?? null } };
        } catch (error) {
          return { data: { id, error: (error as Error).message } };
        }
      }),
    );
  }
}

@Module({ imports: [LibraryModule], controllers: [OrderStreamController] })
export class EventStreamsModule {}

/** A stream of server-sent events for each tenant, whose answers it carries. */
export async function openEventStreams({ port }: RunningLibrary): Promise<Way> {
  const url = `http://127.0.0.1:${port}/orders`;
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const streams = new Map<string, Promise<IncomingMessage>>();
  let last = 0;
  const listen = (slug: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'x-tenant-id': slug, accept: 'text/event-stream' };
      httpRequest(url, { headers }, (response) => {
        let text = '';
        response.on('error', () => {});
        response.on('data', (chunk) => {
          text += chunk;
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) {
            const [, data] = /^data: (.*)$/m.exec(event) ?? [];
            if (!data) continue;
            const { id, ...outcome } = JSON.parse(data);
            waiting.get(id)?.(outcome);
          }
        });
        resolve(response);
      })
        .on('error', reject)
        .end();
    });
  const post = async (headers: Record<string, string>, sent: Sent) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(sent),
    });
    if (response.status !== 201) throw new Error(await response.text());
  };
  return {
    async send(slug, order) {
      const stream = streams.get(slug) ?? listen(slug);
      streams.set(slug, stream);
      await stream;
      last += 1;
      const id = last;
      const outcome = new Promise<Outcome>((settle) => waiting.set(id, settle));
      await post({ 'x-tenant-id': slug }, { id, order });
      const { answer, error } = await outcome;
      waiting.delete(id);
      if (error !== undefined) throw new Error(error);
      return answer;
    },
    sendForNobody: (order) => post({}, { id: 0, order }),
    async close() {
      for (const stream of streams.values()) (await stream).destroy();
    },
  };
}
