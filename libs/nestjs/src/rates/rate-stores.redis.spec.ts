/** @suite redis */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { type RedisServer, startRedis } from '../../../../test/support/redis.js';
import { MemoryRateStore } from './memory-rate-store.js';
import { describeRateStore } from './rate-store.fixture.js';
import { RedisRateStore } from './redis-rate-store.js';
import { SharedRateStore } from './shared-rate-store.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

describe('with ioredis', () => {
  let clients: Redis[];
  beforeAll(() => {
    clients = Array.from({ length: 3 }, () => new Redis(server.url));
  });
  afterAll(() => {
    for (const client of clients) client.disconnect();
  });
  describeRateStore('ioredis', () => clients.map((client) => new RedisRateStore(client)));
});

describe('with redis', () => {
  let clients: ReturnType<typeof createClient>[];
  beforeAll(async () => {
    clients = Array.from({ length: 3 }, () => createClient({ url: server.url }));
    for (const client of clients) await client.connect();
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
  });
  describeRateStore('redis', () => clients.map((client) => new RedisRateStore(client)));
});

it('requests go on while Redis is away, and are counted together again when it is back', async () => {
  const client = new Redis(server.url, { retryStrategy: () => 20 });
  client.on('error', () => {});
  const heard: boolean[] = [];
  let now = 0;
  const store = new SharedRateStore({
    shared: new RedisRateStore(client),
    own: new MemoryRateStore(),
    onChange: (away) => heard.push(away !== undefined),
    now: () => now,
  });
  const window = { key: 'acme', limit: 2, windowSeconds: 60 };
  const used = async () => (await store.take([window]))[0]?.used;
  try {
    expect([await used(), await used(), await used()]).toEqual([1, 2, 3]);
    await server.stop();
    now += 60_000;
    expect([await used(), await used(), await used()]).toEqual([1, 2, 3]);
    await server.start();
    while (store.away) {
      now += 2_000;
      await used();
    }
    expect(heard).toEqual([true, false]);
  } finally {
    client.disconnect();
  }
});
