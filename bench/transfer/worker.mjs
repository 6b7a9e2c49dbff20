import 'reflect-metadata';
import { copyRows, exportToFile, importTenant } from '@rowhouse/transfer';
import { withFleet } from '../fleet/open-fleet.mjs';
import { serveTasks } from '../harness/serve-tasks.mjs';
import { migrationsOf } from './shop.mjs';

/** Each is like a command of an operator: it opens the fleet, works, and closes it. Returns milliseconds. */
serveTasks({
  export: ({ deployment, tables, slug, path }) =>
    timed(deployment, tables, async (fleet) => exportToFile(fleet, await fleet.tenants.find(slug), path)),
  import: ({ deployment, tables, slug, path }) =>
    timed(deployment, tables, (fleet) => importTenant(fleet, path, { slug })),
  /** `path` is the other tenant. */
  copy: ({ deployment, tables, slug, path }) =>
    timed(deployment, tables, (fleet) => copyRows(fleet, slug, path)),
  /** The peak memory of this process, in KB: getrusage(2), ru_maxrss. */
  peak: async () => process.resourceUsage().maxRSS,
});

async function timed(deployment, tables, work) {
  const startedAt = performance.now();
  await withFleet(deployment, migrationsOf(tables), work);
  return performance.now() - startedAt;
}
