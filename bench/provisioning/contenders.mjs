import { createTenants, slugsFrom } from '../fleet/create-tenants.mjs';
import { openFleet, withFleet } from '../fleet/open-fleet.mjs';
import { TypeOrmLoop } from '../fleet/typeorm-loop.mjs';
import { BASELINE, COLD, POOL } from './plan.mjs';

/** One after the other, as tenants sign up. */
const AT_A_TIME = 1;

/**
 * The variants, as functions that create tenants. Each takes a number and the round, and returns milliseconds per tenant.
 *
 * @typedef {{ perTenantMs: number, fillMs?: number }} Cell
 * @returns {Promise<Map<string, (tenants: number, round: number) => Promise<Cell>>>}
 */
export async function contendersOf({ deployment, migrations, cleanUp }) {
  // Creates the catalog before the measurement, since an app does this only once.
  await withFleet(deployment, migrations, async () => {});
  const loop = await TypeOrmLoop.open(deployment.ownerUrl, 'schema', cleanUp);
  return new Map([
    [
      BASELINE,
      async (tenants, round) => ({
        perTenantMs: await timed(tenants, () => loop.create(slugsOf('loop', tenants, round), migrations)),
      }),
    ],
    [
      COLD,
      async (tenants, round) => ({
        perTenantMs: await timed(tenants, () =>
          withFleet(deployment, migrations, (fleet) =>
            createTenants(fleet, slugsOf('cold', tenants, round), { concurrency: AT_A_TIME }),
          ),
        ),
      }),
    ],
    [POOL, (tenants, round) => createFromPool(deployment, migrations, slugsOf('pool', tenants, round))],
  ]);
}

async function createFromPool(deployment, migrations, slugs) {
  const fleet = await openFleet(deployment, migrations);
  try {
    const fillMs = await timed(slugs.length, () => fleet.tenants.prewarm({ size: slugs.length }));
    const perTenantMs = await timed(slugs.length, () =>
      createTenants(fleet, slugs, { concurrency: AT_A_TIME }),
    );
    return { perTenantMs, fillMs };
  } finally {
    await fleet.close();
  }
}

/** The slugs of the tenants that a variant creates in a round. */
export function slugsOf(prefix, tenants, round) {
  return slugsFrom(prefix, round * tenants, tenants);
}

async function timed(tenants, work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / tenants;
}
