/** @suite citus */
import { type Tenant, TenantContext } from '@rowhouse/core';
import type { Fleet, RelocationProgress } from '@rowhouse/migrations/fleet';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { createCitusDatabase, onDatabase } from '../support/citus-database.js';
import { until } from '../support/until.js';

const ACCOUNTS = 20;
const LEDGER = migration('Ledger1700000000001', [
  'create table accounts (id int primary key, balance int not null)',
  `insert into accounts select n, 100 from generate_series(1, ${ACCOUNTS}) n`,
  'create table entries (id uuid primary key default gen_random_uuid(), "from" int not null, "to" int not null, amount int not null)',
]);

let deployment: Deployment;
let fleet: Fleet;

beforeAll(async () => {
  deployment = await openDeployment({ migrations: [LEDGER], database: await createCitusDatabase() });
  fleet = await deployment.fleet();
});

afterAll(() => deployment?.close());

const workerOf = async (tenant: Tenant) => (await fleet.workers.of([tenant])).get(tenant.id);

async function otherThan(worker: string | undefined): Promise<string> {
  const other = (await fleet.workers.list()).find(({ name }) => name !== worker);
  if (!other) throw new Error('There is one worker.');
  return other.name;
}

/** The moves of a tenant in the audit trail, as the workers before and after. */
async function relocationsOf({ id }: Tenant): Promise<readonly (readonly [from: string, to: string])[]> {
  const { rows } = await deployment.pool.query(
    `select before ->> 'worker' as "from", after ->> 'worker' as "to" from rowhouse.audit_entries
      where tenant_id = $1 and action = 'tenant.relocated' order by seq`,
    [id],
  );
  return rows.map(({ from, to }) => [from, to]);
}

/** Pays between two accounts, as long as it is not told to stop. @returns how many payments were committed. */
async function pay(tenant: Tenant, isOver: () => boolean): Promise<number> {
  let paid = 0;
  for (; !isOver(); paid += 1) {
    const [from, to] = [1 + (paid % ACCOUNTS), 1 + ((paid * 7 + 3) % ACCOUNTS)];
    await TenantContext.run(tenant, () =>
      deployment.registry.for(tenant).transaction(async (manager) => {
        await manager.query('insert into entries ("from", "to", amount) values ($1, $2, 1)', [from, to]);
        for (const [id, change] of [
          [from, -1],
          [to, 1],
        ].sort(([a], [b]) => (a ?? 0) - (b ?? 0)))
          await manager.query('update accounts set balance = balance + $2 where id = $1', [id, change]);
      }),
    );
  }
  return paid;
}

describe('the move of a tenant to another worker', () => {
  it('loses nothing of what is paid meanwhile', async () => {
    const acme = await fleet.tenants.create({ slug: 'acme' });
    const from = await workerOf(acme);
    const to = await otherThan(from);
    let isOver = false;
    let paid = 0;
    const paying = [1, 2].map(async () => {
      const own = await pay(acme, () => isOver);
      paid += own;
    });
    try {
      const rows = () =>
        TenantContext.run(acme, () => deployment.registry.for(acme).query('select from entries limit 1'));
      await until(async () => (await rows()).length > 0);
      expect(await fleet.workers.relocate('acme', to)).toBe(to);
      expect(await fleet.workers.relocate('acme', from ?? '')).toBe(from);
      expect(await fleet.workers.relocate('acme', to)).toBe(to);
    } finally {
      isOver = true;
      await Promise.all(paying);
    }
    expect(await workerOf(acme)).toBe(to);
    const [ledger] = await TenantContext.run(acme, () =>
      deployment.registry.for(acme).query(
        `select (select count(*)::int from entries) as entries, (select sum(balance)::int from accounts) as total,
                (select count(*)::int from accounts a where balance <> 100
                   + (select coalesce(sum(amount), 0) from entries where "to" = a.id)
                   - (select coalesce(sum(amount), 0) from entries where "from" = a.id)) as wrong`,
      ),
    );
    expect(ledger).toEqual({ entries: paid, total: 100 * ACCOUNTS, wrong: 0 });
    expect(await relocationsOf(acme)).toEqual([
      [from, to],
      [to, from],
      [from, to],
    ]);
  }, 120_000);

  it('takes along a tenant that was made before its schema could be distributed', async () => {
    const { name } = deployment.database;
    const setSharding = (value: string) =>
      onDatabase(deployment.database.url, (client) =>
        client.query(`alter database ${name} set citus.enable_schema_based_sharding = ${value}`),
      );
    await setSharding('off');
    const before = await openDeployment({
      migrations: [LEDGER],
      database: { ...deployment.database, drop: async () => {} },
      pool: deployment.tenancy,
    });
    const old = await (await before.fleet()).tenants.create({ slug: 'old' });
    await setSharding('on');
    expect(await workerOf(old)).toBeUndefined();
    const to = await otherThan(undefined);
    expect(await fleet.workers.relocate(old.id, to)).toBe(to);
    expect(await workerOf(old)).toBe(to);
    expect(
      await TenantContext.run(old, () =>
        deployment.registry.for(old).query('select count(*)::int as n from accounts'),
      ),
    ).toEqual([{ n: ACCOUNTS }]);
    await before.registry.close();
  });

  it('is refused where there is no such worker, and for tenants without a schema', async () => {
    await expect(fleet.workers.relocate('acme', 'nowhere')).rejects.toMatchObject({
      code: 'WORKER_UNKNOWN',
    });
    await expect(fleet.workers.relocate('nobody', 'nowhere')).rejects.toMatchObject({
      code: 'TENANT_NOT_FOUND',
    });
  });

  it('can be planned for the fleet', async () => {
    const [one, two] = await fleet.workers.list();
    for (const slug of ['acme', 'old']) await fleet.workers.relocate(slug, one?.name ?? '');
    expect(await fleet.workers.list()).toMatchObject([{ tenants: 2 }, { tenants: 0, sizeBytes: 0 }]);
    expect(await fleet.workers.plan()).toMatchObject([{ from: one?.name, to: two?.name }]);
  });

  it('reports how far it has come, and leaves the tables where they were when it is ended half-way', async () => {
    const [one, two] = await fleet.workers.list();
    const big = await fleet.tenants.create({ slug: 'big' });
    const from = (await workerOf(big)) ?? '';
    const to = (from === one?.name ? two?.name : one?.name) ?? '';
    await TenantContext.run(big, () =>
      deployment.registry
        .for(big)
        .query('insert into entries ("from", "to", amount) select 1, 2, n from generate_series(1, 300000) n'),
    );
    const stop = new AbortController();
    const seen: RelocationProgress[] = [];
    const onProgress = (progress: RelocationProgress) => {
      seen.push(progress);
      stop.abort(new Error('enough'));
    };
    await expect(fleet.workers.relocate('big', to, { signal: stop.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(seen[0]).toMatchObject({
      table: expect.stringMatching(/^(entries|accounts)$/),
      phase: expect.any(String),
    });
    expect(seen[0]?.totalBytes).toBeGreaterThan(10_000_000);
    expect(await workerOf(big)).toBe(from);
    expect(await relocationsOf(big)).toEqual([]);
    expect(await fleet.workers.relocate('big', to)).toBe(to);
    expect(await relocationsOf(big)).toEqual([[from, to]]);
  }, 120_000);
});
