import { createTenants, slugsFrom } from './create-tenants.mjs';
import { additionOf, historyOf } from './history.mjs';
import { expectDone, withFleet } from './open-fleet.mjs';
import { TypeOrmLoop } from './typeorm-loop.mjs';

/**
 * The same migrations for two groups of tenants in one database: the tenants of Rowhouse, and a few schemas of the baseline.
 * The baseline's time per tenant is used for the whole number of tenants.
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
      await TypeOrmLoop.open(deployment.ownerUrl, plan.isolation, cleanUp),
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

  /** Creates tenants until there are `size`. Returns the milliseconds per new tenant. */
  async growTo(size) {
    const added = size - this.#size;
    const slugs = slugsFrom('t', this.#size + 1, added);
    const ms = await timed(() =>
      withFleet(this.#deployment, this.#migrations, (fleet) => createTenants(fleet, slugs, this.#plan)),
    );
    this.#size = size;
    return ms / added;
  }

  /** Adds one migration to the release. */
  release() {
    this.#additions += 1;
  }

  /** Migrates the sample by the loop. Returns milliseconds per tenant. */
  async migrateByLoop() {
    const ms = await timed(() => this.#loop.migrate(this.#sample, this.#migrations));
    return { perTenantMs: ms / this.#sample.length };
  }

  /**
   * Migrates all tenants by Rowhouse. The time includes opening and closing the fleet.
   *
   * @param {number} homes the number of homes that the run must migrate
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
