/** @suite redis */
import { BullModule, getQueueToken, WorkerHost } from '@nestjs/bullmq';
import { Test } from '@nestjs/testing';
import { InMemoryTenantStore, TENANT_STATUSES, type Tenant, TenantContext } from '@rowhouse/core';
import { HeaderResolver, TenancyModule, TenantMessages } from '@rowhouse/nestjs';
import { type Job, Queue } from 'bullmq';
import { type RedisServer, startRedis } from '../../../test/support/redis.js';
import { TenantProcessor } from './tenant-processor.decorator.js';
import { tenantQueue } from './tenant-queue.js';

const KEY = 'k'.repeat(32);

const done: string[] = [];

@TenantProcessor('mails')
class MailsProcessor extends WorkerHost {
  readonly prefix = 'sent';

  async process({ name, data, attemptsMade }: Job<{ n: number; fails?: boolean }>) {
    if (data.fails && attemptsMade === 0) throw new Error('the first attempt fails');
    done.push(`${this.prefix} ${name} ${data.n} ${TenantContext.require().slug}`);
  }
}

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.close());

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  done.length = 0;
  for (const one of opened.splice(0).reverse()) await one.close();
});

const tenantStore = () =>
  new InMemoryTenantStore([
    { slug: 'acme' },
    { slug: 'globex' },
    ...TENANT_STATUSES.map((status) => ({ slug: status, status })),
  ]);

async function open({ keys = [KEY], store = tenantStore() } = {}) {
  const connection = { host: redis.host, port: redis.port };
  const module = await Test.createTestingModule({
    imports: [
      TenancyModule.forRoot({ store, resolvers: [new HeaderResolver()], messages: { keys } }),
      BullModule.forRoot({ connection }),
      BullModule.registerQueue({ name: 'mails' }),
    ],
    providers: [MailsProcessor],
  }).compile();
  module.enableShutdownHooks();
  await module.init();
  const queue = tenantQueue(module.get<Queue>(getQueueToken('mails')), module.get(TenantMessages));
  const plain = new Queue('mails', { connection });
  opened.push(module, plain);
  await plain.obliterate({ force: true });
  const tenant = async (slug: string) => (await store.findBySlug(slug as Tenant['slug'])) as Tenant;
  return { queue, plain, store, acme: await tenant('acme'), globex: await tenant('globex') };
}

async function untilState(queue: Queue, id: string | undefined, state: string): Promise<Job> {
  for (;;) {
    if ((await queue.getJobState(id as string)) === state) return (await queue.getJob(id as string)) as Job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a queue of BullMQ', () => {
  it('runs each job in the context of its tenant, and leaves its data alone', async () => {
    const { queue, acme, globex } = await open();
    const one = await TenantContext.run(acme, () => queue.add('welcome', { n: 1 }));
    const [two, three] = await TenantContext.run(globex, () =>
      queue.addBulk([
        { name: 'welcome', data: { n: 2 } },
        { name: 'bill', data: { n: 3, fails: true }, opts: { attempts: 2 } },
      ]),
    );
    for (const job of [one, two, three]) {
      const { data } = await untilState(queue, job?.id, 'completed');
      expect(Object.keys(data)).not.toContain('rowhouse');
    }
    expect([...done].sort()).toEqual(['sent bill 3 globex', 'sent welcome 1 acme', 'sent welcome 2 globex']);
  });

  it('runs what a scheduler makes as the tenant that made the scheduler', async () => {
    const { queue, acme } = await open();
    await TenantContext.run(acme, () =>
      queue.upsertJobScheduler('often', { every: 20, limit: 2 }, { data: { n: 0 } }),
    );
    while (done.length < 2) await new Promise(setImmediate);
    expect(new Set(done)).toEqual(new Set(['sent often 0 acme']));
  });

  it('takes no job outside of a tenant, nor under an entry', async () => {
    const { queue, acme } = await open();
    const missing = { code: 'TENANT_CONTEXT_MISSING' };
    await expect(queue.add('welcome', { n: 1 })).rejects.toMatchObject(missing);
    await expect(TenantContext.runAsSystem('spec', () => queue.add('x', {}))).rejects.toMatchObject(missing);
    const entry = { tenantId: acme.id } as never;
    await expect(TenantContext.run(acme, () => queue.add('x', {}), { entry })).rejects.toMatchObject({
      code: 'ENTRY_QUEUE_REFUSED',
    });
    expect(await queue.getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 0 });
  });

  it('delays jobs of a tenant that is suspended, and counts no attempt', async () => {
    const { queue, store, acme } = await open();
    await store.setStatus(acme.id, 'suspended');
    const { id } = await TenantContext.run(acme, () => queue.add('welcome', { n: 1 }));
    const held = await untilState(queue, id, 'delayed');
    expect([held.attemptsMade, held.failedReason, done]).toEqual([0, undefined, []]);
    await store.setStatus(acme.id, 'active');
    await held.promote();
    await untilState(queue, id, 'completed');
    expect(done).toEqual(['sent welcome 1 acme']);
  });

  it('fails jobs for good that name no tenant, a tenant that is gone, or prove nothing', async () => {
    const { queue, plain, store, acme, globex } = await open();
    const failure = async (id: string | undefined) =>
      (await untilState(queue, id, 'failed')).failedReason?.split(':')[0];
    const add = async (opts: object) => (await plain.add('welcome', { n: 1 }, { attempts: 3, ...opts })).id;
    expect(await failure(await add({}))).toBe('MESSAGE_REFUSED');
    const { opts, id } = await TenantContext.run(acme, () => queue.add('bill', { n: 1 }));
    await untilState(queue, id, 'completed');
    const { rowhouse } = opts as unknown as { rowhouse: string };
    // Signed for jobs of another name.
    expect(await failure(await add({ rowhouse }))).toBe('MESSAGE_REFUSED');
    expect(await failure(await add({ rowhouse: rowhouse.replace(acme.id, globex.id) }))).toBe(
      'MESSAGE_REFUSED',
    );
    await store.setStatus(globex.id, 'deleted');
    const gone = await TenantContext.run(globex, () => queue.add('welcome', { n: 1 }, { attempts: 3 }));
    expect(await failure(gone.id)).toBe('TENANT_NOT_FOUND');
    expect(done).toEqual(['sent bill 1 acme']);
  });

  it('believes what Redis says, where there are no keys', async () => {
    const { queue, acme } = await open({ keys: [] });
    const { id } = await TenantContext.run(acme, () => queue.add('welcome', { n: 1 }));
    await untilState(queue, id, 'completed');
    expect(done).toEqual(['sent welcome 1 acme']);
  });
});
