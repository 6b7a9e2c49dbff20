/** @suite citus */
import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '@rowhouse/core';
import { type CompiledSources, compileSources } from '../kill/compiled-sources.js';
import { type CitusCluster, startCitusCluster } from '../support/citus-cluster.js';
import { onDatabase } from '../support/citus-database.js';
import { until } from '../support/until.js';
import { KillGround } from './kill-ground.js';
import type { Payments } from './payments.js';

/** `KILL_RUNS` says how often something is to be killed. */
const RUNS = Math.ceil(Number(process.env['KILL_RUNS'] ?? 3) / 3);
/** A cluster that is named may not be killed: these specs need the programs of one. */
const BIN = process.env['ROWHOUSE_CITUS_BIN'];
const ownCluster = BIN === undefined ? describe.skip : describe;

ownCluster('on a cluster whose parts are killed while a tenant is relocated', () => {
  let cluster: CitusCluster;
  let ground: KillGround;
  let sources: CompiledSources;
  let acme: Tenant;
  let payments: Payments;

  beforeAll(async () => {
    sources = await compileSources();
    cluster = await startCitusCluster(BIN ?? '');
    ground = await KillGround.open(cluster.url);
    acme = await ground.fleet.tenants.create({ slug: 'acme' });
    payments = ground.paymentsOf(acme);
    await payments.begin({ mayFail: true });
  }, 120_000);

  afterAll(async () => {
    await ground?.close();
    await cluster?.stop();
    await sources?.remove();
  });

  /** Relocates while `kill` happens. @returns where the tenant should have gone. */
  async function relocateDuring(kill: () => Promise<void>): Promise<string> {
    const from = await ground.workerOf(acme);
    const to = await ground.otherThan(from);
    const victim = await ground.victim(sources.worker, { do: 'relocate', slug: 'acme', to });
    await delay(Math.random() * 2_000);
    await kill();
    const end = await victim.end();
    await victim.kill();
    await victim.whenForgotten(ground.server);
    // What fails says so, as an error of Rowhouse or of the connection that is gone.
    if (end.how === 'failed')
      expect(end.failure.code).toMatch(/^(RELOCATION_FAILED|DATABASE_UNREACHABLE|57P0[12]|E\w+)$/);
    const worker = await ground.workerOf(acme);
    expect([from, to]).toContain(worker);
    if (end.how === 'ended') expect(worker).toBe(to);
    return to;
  }

  async function expectGoodOrder(to: string): Promise<void> {
    const before = payments.paid;
    await until(() => payments.paid > before + 5);
    expect(await ground.fleet.workers.relocate('acme', to)).toBe(to);
    expect(await ground.disagreements()).toEqual([]);
  }

  it('a worker is killed, and comes back', async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const worker = cluster.workers[run % 2];
      const to = await relocateDuring(async () => {
        await worker?.kill();
        await worker?.restart();
      });
      await expectGoodOrder(to);
    }
  }, 3_600_000);

  it('the server process of the relocation is ended', async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const to = await relocateDuring(async () => {
        await onDatabase(ground.database.url, (client) =>
          client.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where query like '%citus_schema_move%' and pid <> pg_backend_pid()`,
          ),
        );
      });
      await expectGoodOrder(to);
    }
  }, 3_600_000);

  it('tenants cannot be made while a worker is away, and can when it is back', async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const worker = cluster.workers[run % 2];
      await worker?.kill();
      await expect(ground.fleet.tenants.create({ slug: 'globex' })).rejects.toThrow();
      await worker?.restart();
      // Server processes of the coordinator learn by an error each that their connections to the worker are gone.
      await until(async () => (await ground.fleet.tenants.repair()).failed.length === 0);
      expect(await ground.fleet.tenants.find('globex')).toMatchObject({ status: 'active' });
      await ground.fleet.tenants.delete('globex');
      await ground.fleet.tenants.purge('globex', { confirm: 'globex', beforeRetentionEnds: true });
      expect(await ground.disagreements()).toEqual([]);
    }
  }, 3_600_000);

  it('of which no payment is lost, and none is there twice', async () => {
    expect(await payments.end()).toEqual([]);
  });
});
