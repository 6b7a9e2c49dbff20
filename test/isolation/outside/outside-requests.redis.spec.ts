/** @suite redis */
import type { TestDatabase } from '@rowhouse/testing';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { createFleetDatabase } from '../fleet.js';
import { MESSAGE_KEY, MicroservicesModule, openMicroservice, redisLink, serve } from './microservices.js';
import { openQueues, queuesModule } from './queues.js';
import { checkWay } from './way-property.js';

let database: TestDatabase;
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
  database = await createFleetDatabase();
});

afterAll(async () => {
  await database?.drop();
  await redis?.close();
});

describe('fifty tenants at once see and write what is theirs', () => {
  it('in handlers of microservices over Redis, and in what their clients do with the answers', () => {
    const link = redisLink(redis.port);
    return checkWay({
      name: 'isolation of microservices over Redis',
      database,
      imports: [MicroservicesModule],
      tenancy: { messages: { keys: [MESSAGE_KEY] } },
      prepare: serve(link),
      open: openMicroservice(link),
    });
  }, 600_000);

  it(
    'in processors of a queue of BullMQ',
    () =>
      checkWay({
        name: 'isolation of a queue of BullMQ',
        database,
        imports: [queuesModule(redis)],
        tenancy: { messages: { keys: [MESSAGE_KEY] } },
        open: openQueues(redis),
      }),
    600_000,
  );
});
