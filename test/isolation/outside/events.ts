import { Injectable, Module } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { TenantRunner } from '@rowhouse/nestjs';
import { LibraryModule, LibraryService } from '../http/library-app.js';
import type { RunningLibrary } from '../http/start-library.js';
import type { Way } from './actions.js';
import { carryOut, type Order } from './orders.js';

interface OrderEvent {
  readonly order: Order;
  settle(answer: Promise<unknown>): void;
}

/** How `@OnEvent` can listen. */
const LISTENERS = ['plain', 'deferred', 'first', 'any.*'] as const;

@Injectable()
class OrderListener {
  constructor(private readonly library: LibraryService) {}

  @OnEvent('plain')
  plain(event: OrderEvent) {
    this.#answer(event);
  }

  @OnEvent('deferred', { async: true })
  deferred(event: OrderEvent) {
    this.#answer(event);
  }

  @OnEvent('first', { prependListener: true })
  first(event: OrderEvent) {
    this.#answer(event);
  }

  @OnEvent('any.*')
  wildcard(event: OrderEvent) {
    this.#answer(event);
  }

  #answer({ order, settle }: OrderEvent) {
    settle(carryOut(order, this.library));
  }
}

@Module({
  imports: [EventEmitterModule.forRoot({ wildcard: true }), LibraryModule],
  providers: [OrderListener],
})
export class EventsModule {}

/** Each order is an event, which another listener takes. */
export async function openEvents({ app }: RunningLibrary): Promise<Way> {
  const emitter = app.get(EventEmitter2);
  const runner = app.get(TenantRunner);
  let turn = 0;
  const emit = (order: Order) =>
    new Promise((settle, reject) => {
      turn += 1;
      const event = LISTENERS[turn % LISTENERS.length]?.replace('*', 'thing') as string;
      if (!emitter.emit(event, { order, settle } satisfies OrderEvent))
        reject(new Error(`${event}: nobody listens`));
    });
  return {
    send: (slug, order) => runner.run(slug, () => emit(order)),
    sendForNobody: emit,
    close: async () => {},
  };
}
