import { Catalog, TenantContext } from '@rowhouse/core';
import { TenantJobs, TenantJobWorker } from '@rowhouse/transfer/jobs/services';
import { sentences } from './agreement.js';
import type { Lane } from './lane.js';
import type { OpenFleet } from './open-fleet.js';
import type { Strikes } from './strikes.js';

/**
 * Jobs that are enqueued with transactions, in the catalog's database and in others, some of which are rolled back, and worked on
 * meanwhile.
 */
export interface JobsAct {
  readonly do: 'work on jobs';
  readonly jobs: number;
  /** For a worker of its own. */
  readonly catalogUrl: string;
}

/** Longer than a busy machine keeps a process from renewing it. */
const LEASE_MS = 5_000;

/** What the workers note of each run. */
const RUNS = `
  create schema kill_jobs;
  create table kill_jobs.runs (
    id bigserial primary key, job uuid not null, tenant uuid not null, began timestamptz not null, ended timestamptz)`;

const UNFINISHED = `
  select where exists (select from rowhouse.jobs where state in ('waiting', 'running'))
            or exists (select from rowhouse.job_outbox_notes) or exists (select from rowhouse.job_outboxes)`;

export async function enqueueAndWork(open: OpenFleet, { jobs, catalogUrl }: JobsAct): Promise<void> {
  const second = new Catalog({ url: catalogUrl });
  const workers = [open.catalog, second].map((catalog) => workerOf(open, catalog));
  await Promise.all(workers.map((worker) => worker.start()));
  const { tenants } = await open.fleet.tenants.list();
  await Promise.all(tenants.map((tenant) => TenantContext.run(tenant, () => enqueue(open, jobs))));
  await untilDone(open.catalog);
  await Promise.all(workers.map((worker) => worker.close()));
  await second.close();
}

async function enqueue({ registry, catalog }: OpenFleet, jobs: number): Promise<void> {
  const own = new TenantJobs({ registry, catalog });
  for (let n = 0; n < jobs; n += 1) {
    const isKept = n % 3 !== 0;
    await registry.ambient
      .transaction(async (manager) => {
        await manager.query("insert into products (name) values ('asked')");
        await own.enqueue('note', { isKept }, { manager });
        if (!isKept) throw new Error('rolled back');
      })
      .catch((error: Error) => {
        if (error.message !== 'rolled back') throw error;
      });
  }
}

/** Two processes with such a worker run one job of a tenant at a time, together. */
function workerOf({ registry }: Pick<OpenFleet, 'registry'>, catalog: Catalog): TenantJobWorker {
  return new TenantJobWorker({
    catalog,
    registry,
    leaseMs: LEASE_MS,
    pollMs: 20,
    onProblem: () => {},
    handlers: [
      {
        name: 'note',
        concurrency: 4,
        concurrencyPerTenant: 1,
        handle: async ({ jobId, tenant }) => {
          const { rows } = await catalog.query(
            'insert into kill_jobs.runs (job, tenant, began) values ($1, $2, clock_timestamp()) returning id',
            [jobId, tenant.id],
          );
          try {
            await registry.ambient.query('insert into products (name) values ($1)', [`done ${jobId}`]);
          } finally {
            await catalog.query('update kill_jobs.runs set ended = clock_timestamp() where id = $1', [
              rows[0].id,
            ]);
          }
        },
      },
    ],
  });
}

async function untilDone(catalog: Catalog): Promise<void> {
  while ((await catalog.query(UNFINISHED)).rowCount !== 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Kills processes that enqueue jobs and work on them. Another process does the rest; the leases of the dead end at once, so
 * that nobody waits for it. */
export async function killJobs(lane: Lane, strikes: Strikes): Promise<void> {
  await lane.catalog.query(RUNS);
  for (const isolation of ['schema', 'schema', 'database', 'database'] as const)
    await lane.fleet.tenants.create({ slug: `${lane.slug}-${crypto.randomUUID().slice(0, 8)}`, isolation });
  while (!strikes.isOver)
    await strikes.on({
      label: 'jobs',
      act: { do: 'work on jobs', jobs: 12, catalogUrl: lane.address.catalogUrl },
      recover: () => doTheRest(lane),
      check: () => undone(lane),
    });
}

async function doTheRest(lane: Lane): Promise<void> {
  // The dead do nothing from now on.
  await lane.server.query('update kill_jobs.runs set ended = clock_timestamp() where ended is null');
  await lane.server.query("update rowhouse.jobs set lease_until = now() where state = 'running'");
  await lane.server.query('update rowhouse.job_outboxes set lease_until = now()');
  const worker = workerOf(lane, lane.catalog);
  await worker.start();
  await untilDone(lane.catalog);
  await worker.close();
}

/** Jobs that were lost, not done, done at the same time as another of their tenant, or enqueued by what was rolled back. */
async function undone(lane: Lane): Promise<readonly string[]> {
  const { server } = lane;
  const found = [
    ...(await sentences(
      server,
      `select format('The job %s is %s: %s.', id, state, failure) from rowhouse.jobs where state <> 'completed'
       union all select format('The job %s of a transaction that was rolled back is there.', id)
         from rowhouse.jobs where data = '{"isKept": false}'
       union all select format('The job %s was never run.', id) from rowhouse.jobs j
        where not exists (select from kill_jobs.runs r where r.job = j.id)
       union all select format('The runs %s and %s of a tenant overlap.', a.id, b.id)
         from kill_jobs.runs a join kill_jobs.runs b on b.tenant = a.tenant and b.id > a.id and b.began < a.ended and a.began < b.ended`,
    )),
  ];
  for (const tenant of await lane.tenants()) {
    const names: { name: string }[] = await lane.registry.for(tenant).query('select name from products');
    const asked = names.filter(({ name }) => name === 'asked').length;
    const done = new Set(names.map(({ name }) => name).filter((name) => name.startsWith('done ')));
    if (done.size !== asked)
      found.push(`${tenant.slug} asked for ${asked} jobs, and ${done.size} were done.`);
    const { rows } = await server.query<{ id: string }>('select id from rowhouse.jobs where tenant_id = $1', [
      tenant.id,
    ]);
    if (rows.length !== asked || rows.some(({ id }) => !done.has(`done ${id}`)))
      found.push(`${tenant.slug} has ${rows.length} jobs, and asked for ${asked}.`);
  }
  return found;
}
