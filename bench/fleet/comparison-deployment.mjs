import { createTenants, slugsFrom } from './create-tenants.mjs';
import { additionOf, historyOf } from './history.mjs';
import { expectDone, withFleet } from './open-fleet.mjs';
import { TypeOrmLoop } from './typeorm-loop.mjs';

/**
 * The same migrations for two kinds of tenants in one database: those of Rowhouse, and a few schemas of the baseline,
 * whose time a tenant stands for that of as many as Rowhouse has.
 */
export class ComparisonDeployment {
  #deployment;
  #plan;
  #loop;
  #sample;
  #size = 0;
  #additions = 0;

  static async open(deployment, plan, cleanUp) {
    const comparison = new ComparisonDeployment(
      deployment,
      plan,
      await TypeOrmLoop.open(deployment.ownerUrl, cleanUp),
    );
    await comparison.#loop.create(comparison.#sample, comparison.#migrations);
    return comparison;
  }

  constructor(deployment, plan, loop) {
    this.#deployment = deployment;
    this.#plan = plan;
    this.#loop = loop;
    this.#sample = slugsFrom('loop', 1, plan.sample);
  }

  /** Makes tenants until there are `size`. Returns the milliseconds that each new one took. */
  async growTo(size) {
    const added = size - this.#size;
    const slugs = slugsFrom('t', this.#size + 1, added);
    const ms = await timed(() =>
      withFleet(this.#deployment, this.#migrations, (fleet) =>
        createTenants(fleet, slugs, this.#plan.concurrency),
      ),
    );
    this.#size = size;
    return ms / added;
  }

  /** A release that has one more migration than the one before. */
  release() {
    this.#additions += 1;
  }

  /** Migrates the sample by the loop. Returns milliseconds a tenant. */
  async migrateByLoop() {
    const ms = await timed(() => this.#loop.migrate(this.#sample, this.#migrations));
    return { perTenantMs: ms / this.#sample.length };
  }

  /**
   * Migrates all tenants by Rowhouse. The time is of opening the fleet, the run, and closing the fleet.
   *
   * @param {number} homes that have something to do
   */
  async migrateByRowhouse(homes) {
    let runMs = 0;
    const ms = await timed(() =>
      withFleet(this.#deployment, this.#migrations, async (fleet) => {
        runMs = await timed(async () => expectDone(await fleet.migrations.run(), homes));
      }),
    );
    return { perTenantMs: ms / this.#size, runMs };
  }

  close() {
    return this.#loop.close();
  }

  get #migrations() {
    const additions = Array.from({ length: this.#additions }, (_, index) => additionOf(index + 1));
    return [...historyOf(this.#plan.baseMigrations), ...additions];
  }
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
