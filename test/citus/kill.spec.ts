/** @suite citus */
import type { Tenant } from '@rowhouse/core';
import type { Act } from '../kill/act.js';
import { type CompiledSources, compileSources } from '../kill/compiled-sources.js';
import { onDatabase } from '../support/citus-database.js';
import { dropRoles } from '../support/roles.js';
import { KillGround } from './kill-ground.js';
import type { Payments } from './payments.js';

/** `KILL_RUNS` says how many processes are to be killed. */
const RUNS = Number(process.env['KILL_RUNS'] ?? 5);

let ground: KillGround;
let sources: CompiledSources;
let acme: Tenant;
let payments: Payments;

beforeAll(async () => {
  sources = await compileSources();
  ground = await KillGround.open();
  acme = await ground.fleet.tenants.create({ slug: 'acme' });
  payments = ground.paymentsOf(acme);
  await payments.begin();
}, 120_000);

afterAll(async () => {
  await ground?.close();
  await sources?.remove();
  if (ground) await dropRoles(ground.roles);
});

/** Work that is to be interrupted, and what an operator does then. */
interface Work {
  /** Makes the ground for it. */
  prepare(): Promise<Act>;
  /** Does the same, or what is left of it. It must work. */
  finish(): Promise<void>;
}

const asOwner = (text: string) => onDatabase(ground.database.ownerUrl, (client) => client.query(text));

async function remove(slug: string): Promise<void> {
  await ground.fleet.tenants.delete(slug);
  await ground.fleet.tenants.purge(slug, { confirm: slug, beforeRetentionEnds: true });
}

const relocated = (find: () => Promise<Tenant>, prepare: () => Promise<void>): Work => {
  let to = '';
  return {
    async prepare() {
      await prepare();
      const tenant = await find();
      to = await ground.otherThan(await ground.workerOf(tenant));
      return { do: 'relocate', slug: tenant.slug, to };
    },
    async finish() {
      const tenant = await find();
      const [worker, other] = [await ground.workerOf(tenant), await ground.otherThan(to)];
      expect([to, other, undefined]).toContain(worker);
      expect(await ground.fleet.workers.relocate(tenant.slug, to)).toBe(to);
      expect(await ground.workerOf(tenant)).toBe(to);
    },
  };
};

const WORKS: readonly [string, Work][] = [
  [
    'a relocation',
    relocated(
      async () => acme,
      async () => {},
    ),
  ],
  [
    'the relocation of a tenant that is on the coordinator',
    relocated(
      () => ground.fleet.tenants.find('old'),
      async () => {
        if (!(await ground.fleet.tenants.list()).tenants.some(({ slug }) => slug === 'old'))
          await ground.fleet.tenants.create({ slug: 'old' });
        const old = await ground.fleet.tenants.find('old');
        await asOwner(`select citus_schema_undistribute('${old.schema}')`);
      },
    ),
  ],
  [
    'making a tenant',
    {
      async prepare() {
        return { do: 'create', tenant: { slug: 'globex' } };
      },
      async finish() {
        const { failed, busy } = await ground.fleet.tenants.repair();
        expect([failed, busy]).toEqual([[], []]);
        const { tenants } = await ground.fleet.tenants.list();
        if (!tenants.some(({ slug }) => slug === 'globex'))
          await ground.fleet.tenants.create({ slug: 'globex' });
        const globex = await ground.fleet.tenants.find('globex');
        expect(await ground.workerOf(globex)).toBeDefined();
        expect(await ground.disagreements()).toEqual([]);
        await remove('globex');
      },
    },
  ],
  [
    'prewarming',
    {
      async prepare() {
        return { do: 'prewarm', size: 2 };
      },
      async finish() {
        expect(await ground.fleet.tenants.prewarm({ size: 2 })).toMatchObject({ ready: 2 });
        for (const slug of ['hooli', 'initech']) {
          await ground.fleet.tenants.create({ slug });
          await remove(slug);
        }
      },
    },
  ],
  [
    'placing shared tables on workers',
    {
      async prepare() {
        await asOwner(`drop table if exists public.cities, public.countries;
          create table public.countries (code text primary key);
          create table public.cities (id int primary key, country text references public.countries (code));
          insert into public.countries select 'c' || n from generate_series(1, 1000) n;
          insert into public.cities select n, 'c' || n from generate_series(1, 1000) n`);
        return { do: 'place shared tables' };
      },
      async finish() {
        await ground.placeSharedTables();
        const { rows } = await asOwner(
          `select table_name::text as name, (select count(*)::int from pg_dist_shard_placement join pg_dist_shard using (shardid)
             where logicalrelid = table_name) as copies from citus_tables where citus_table_type = 'reference' order by 1`,
        );
        expect(rows).toEqual([
          { name: 'cities', copies: 3 },
          { name: 'countries', copies: 3 },
        ]);
      },
    },
  ],
];

it('processes that are killed lose no payment, leave nothing behind, and what they did can be done again', async () => {
  // How long each work took the last time, in milliseconds.
  const lengths = WORKS.map(() => 1_000);
  for (let run = 0; run < RUNS; run += 1) {
    const index = run % WORKS.length;
    const [label, work] = WORKS[index] as [string, Work];
    const act = await work.prepare();
    const afterMs = Math.random() * (lengths[index] as number);
    await ground.kill(sources.worker, act, afterMs, Math.random() < 0.5);
    const before = payments.paid;
    const startedAt = performance.now();
    await work.finish();
    lengths[index] = performance.now() - startedAt;
    expect([label, Math.round(afterMs), await ground.disagreements()]).toEqual([
      label,
      Math.round(afterMs),
      [],
    ]);
    expect(payments.paid).toBeGreaterThan(before);
  }
  expect(await payments.end()).toEqual([]);
}, 3_600_000);
