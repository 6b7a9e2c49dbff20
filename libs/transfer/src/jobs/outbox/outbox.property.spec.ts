import { type Tenant, TenantContext } from '@rowhouse/core';
import fc from 'fast-check';
import { JobsDeployment } from '../jobs.fixture.js';
import { moveJobs } from './move-jobs.js';
import { type OutboxLease, OutboxLeaseLostError, OutboxQueue } from './outbox-queue.js';

const LEASE_MS = 600_000;

let open: JobsDeployment;
let tenants: readonly Tenant[];
let queue: OutboxQueue;
beforeAll(async () => {
  open = await JobsDeployment.open();
  queue = new OutboxQueue(open.catalog, LEASE_MS);
  tenants = [
    await open.fleet.tenants.create({ slug: 'acme', isolation: 'database' }),
    await open.fleet.tenants.create({ slug: 'globex', isolation: 'database' }),
  ];
});
afterAll(() => open.close());

class Killed extends Error {}

/** The queue of a process that dies at its n-th step, before or after it has been made. */
function dyingQueue(step: number): OutboxQueue {
  let calls = 0;
  return new Proxy(queue, {
    get:
      (target, name) =>
      async (...args: unknown[]) => {
        calls += 1;
        if (calls === Math.ceil(step / 2) && step % 2 === 1) throw new Killed();
        const result = await Reflect.apply(Reflect.get(target, name), target, args);
        if (calls === Math.ceil(step / 2)) throw new Killed();
        return result;
      },
  });
}

/** The lease of the dead is over. */
const bury = ({ lease }: OutboxLease) =>
  open.catalog.query('update rowhouse.job_outboxes set lease_until = now() where lease = $1', [lease]);

const lookNow = () => open.catalog.query('update rowhouse.job_outbox_notes set look_at = now()');

/** Looks once at each outbox that is due; each look dies at the next of the steps. @param overtaken - it goes on after its lease. */
async function relay(steps: number[], overtaken: boolean): Promise<void> {
  await lookNow();
  for (const held of await queue.claim(2, 2)) {
    const step = steps.shift();
    if (overtaken) await bury(held);
    try {
      await moveJobs(step ? dyingQueue(step) : queue, open.registry, held, () => false);
    } catch (error) {
      if (!(error instanceof Killed || error instanceof OutboxLeaseLostError)) throw error;
      await bury(held);
    }
  }
}

/** What a worker with `keepDays: 0` does with jobs that have ended. */
async function sweep(): Promise<readonly string[]> {
  const { rows } = await open.catalog.query<{ id: string }>('delete from rowhouse.jobs returning id');
  return rows.map(({ id }) => id);
}

interface Transaction {
  readonly tenant: 0 | 1;
  readonly jobs: number;
  readonly isKept: boolean;
}

/** @returns the ids of the jobs, when it was committed. */
async function run({ tenant, jobs, isKept }: Transaction): Promise<readonly string[]> {
  const of = tenants[tenant] as Tenant;
  const ids: string[] = [];
  return TenantContext.run(of, () =>
    open.registry.ambient.transaction(async (manager) => {
      for (let n = 0; n < jobs; n += 1) ids.push(await open.jobs.enqueue('note', n, { manager }));
      if (!isKept) throw new Killed();
    }),
  ).then(
    () => ids,
    (error: unknown) => {
      if (!(error instanceof Killed)) throw error;
      return [];
    },
  );
}

it('each job of a committed transaction is moved once, whoever dies or is overtaken at which step', async () => {
  const transaction = fc.record({
    tenant: fc.constantFrom(0, 1),
    jobs: fc.integer({ min: 1, max: 4 }),
    isKept: fc.boolean(),
  }) as fc.Arbitrary<Transaction>;
  const relays = fc.record({
    steps: fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 12 }),
    overtaken: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(transaction, { minLength: 1, maxLength: 8 }),
      fc.array(relays, { minLength: 2, maxLength: 2 }),
      async (transactions, workers) => {
        let isDone = false;
        const moved: string[] = [];
        const work = async ({ steps, overtaken }: { steps: number[]; overtaken: boolean }) => {
          const left = [...steps];
          while (!isDone || left.length > 0) {
            const before = left.length;
            await relay(left, overtaken && left.length > 0);
            moved.push(...(await sweep()));
            if (isDone && left.length === before) return;
          }
        };
        const working = workers.map((worker) => work(worker));
        const committed = (await Promise.all(transactions.map((one) => run(one)))).flat();
        isDone = true;
        await Promise.all(working);
        while ((await open.catalog.query('select from rowhouse.job_outbox_notes')).rowCount !== 0)
          await relay([], false);
        await relay([], false);
        moved.push(...(await sweep()));
        expect([...moved].sort()).toEqual([...committed].sort());
        const { rowCount } = await open.catalog.query('select from rowhouse.job_outboxes');
        expect(rowCount).toBe(0);
        for (const tenant of tenants)
          expect(
            await open.deployment.asOwner(open.fleet, tenant, 'select from rowhouse_jobs.outbox'),
          ).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});
