import { BullModule, InjectQueue, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module } from '@nestjs/common';
import { TenantProcessor, tenantQueue } from '@rowhouse/bullmq';
import { TenantMessages, TenantRunner } from '@rowhouse/nestjs';
import { type Job, type Queue, QueueEvents } from 'bullmq';
import type { RedisServer } from '../../support/redis.js';
import { LibraryModule, LibraryService } from '../http/library-app.js';
import type { RunningLibrary } from '../http/start-library.js';
import type { Way } from './actions.js';
import { carryOut, type Order } from './orders.js';

@TenantProcessor('orders', { concurrency: 10 })
class OrderProcessor extends WorkerHost {
  constructor(private readonly library: LibraryService) {
    super();
  }

  async process({ data }: Job<Order>) {
    return (await carryOut(data, this.library)) ?? null;
  }
}

@Injectable()
class OrderQueue {
  readonly queue: Queue<Order>;

  constructor(@InjectQueue('orders') queue: Queue<Order>, messages: TenantMessages) {
    this.queue = tenantQueue(queue, messages);
  }
}

export function queuesModule({ host, port }: RedisServer) {
  @Module({
    imports: [
      BullModule.forRoot({ connection: { host, port } }),
      BullModule.registerQueue({ name: 'orders' }),
      LibraryModule,
    ],
    providers: [OrderProcessor, OrderQueue],
  })
  class QueuesModule {}
  return QueuesModule;
}

/** One queue for all tenants. */
export const openQueues =
  ({ host, port }: RedisServer) =>
  async ({ app }: RunningLibrary): Promise<Way> => {
    const runner = app.get(TenantRunner);
    const { queue } = app.get(OrderQueue);
    const events = new QueueEvents('orders', { connection: { host, port } });
    await events.waitUntilReady();
    const send = async (order: Order) => (await queue.add('order', order)).waitUntilFinished(events);
    return {
      send: (slug, order) => runner.run(slug, () => send(order)),
      sendForNobody: send,
      close: () => events.close(),
    };
  };
