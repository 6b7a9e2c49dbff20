import 'reflect-metadata';
import { createTenants, slugsFrom } from './create-tenants.mjs';
import { additionOf, historyOf } from './history.mjs';
import { expectDone, withFleet } from './open-fleet.mjs';

/** Each step is like a command of an operator: it opens the fleet, works, and closes it. Returns milliseconds. */
const tasks = {
  create: ({ deployment, tenants, migrations, concurrency }) =>
    timed(deployment, historyOf(migrations), (fleet) =>
      createTenants(fleet, slugsFrom('t', 1, tenants), concurrency),
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
  stop: async () => undefined,
};

function oneMore(migrations) {
  return [...historyOf(migrations), additionOf(1)];
}

async function timed(deployment, migrations, work) {
  const startedAt = performance.now();
  await withFleet(deployment, migrations, work);
  return performance.now() - startedAt;
}

process.on('message', async ({ id, type, ...question }) => {
  try {
    process.send({ id, result: await tasks[type](question) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
  if (type === 'stop') process.disconnect();
});
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => {});
process.send({ type: 'ready' });
