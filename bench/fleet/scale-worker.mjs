import { serveTasks } from '../harness/serve-tasks.mjs';
import 'reflect-metadata';
import { createTenants, slugsFrom } from './create-tenants.mjs';
import { additionOf, historyOf } from './history.mjs';
import { expectDone, withFleet } from './open-fleet.mjs';

/** Each step is like a command of an operator: it opens the fleet, works, and closes it. Returns milliseconds. */
const tasks = {
  create: ({ deployment, tenants, migrations, concurrency }) =>
    timed(deployment, historyOf(migrations), (fleet) =>
      createTenants(fleet, slugsFrom('t', 1, tenants), { concurrency }),
    ),
  migrate: ({ deployment, tenants, migrations }) =>
    timed(deployment, oneMore(migrations), async (fleet) =>
      expectDone(await fleet.migrations.run(), tenants),
    ),
  revert: ({ deployment, tenants, migrations }) =>
    timed(deployment, oneMore(migrations), async (fleet) =>
      expectDone(await fleet.migrations.revert(), tenants),
    ),
  /** The peak memory of this process, in KB: getrusage(2), ru_maxrss. */
  peak: async () => process.resourceUsage().maxRSS,
};

function oneMore(migrations) {
  return [...historyOf(migrations), additionOf(1)];
}

async function timed(deployment, migrations, work) {
  const startedAt = performance.now();
  await withFleet(deployment, migrations, work);
  return performance.now() - startedAt;
}

serveTasks(tasks);
