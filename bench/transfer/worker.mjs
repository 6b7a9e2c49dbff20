import 'reflect-metadata';
import { join } from 'node:path';
import { loadInLittleMemory } from '../../apps/cli/dist/shell/little-memory.js';
import { serveTasks } from '../harness/serve-tasks.mjs';

// As the command does.
const loaded = loadInLittleMemory();
const { copyRows, exportToFile, importTenant } = await import('@rowhouse/transfer');
const { withFleet } = await import('../fleet/open-fleet.mjs');
const { migrationsOf } = await import('./shop.mjs');

/** Each is like a command of an operator: it opens the fleet, works, and closes it. Returns milliseconds. */
serveTasks({
  export: ({ deployment, tables, slug, path }) =>
    timed(deployment, tables, async (fleet) => exportToFile(fleet, await fleet.tenants.find(slug), path)),
  import: ({ deployment, tables, slug, path }) =>
    timed(deployment, tables, (fleet) => importTenant(fleet, path, { slug })),
  /** `path` is the other tenant. */
  copy: ({ deployment, tables, slug, path }) =>
    timed(deployment, tables, (fleet) => copyRows(fleet, slug, path)),
  /** Exports tenants one after the other to a folder, with a fleet that is open. Returns milliseconds of one. */
  exportEach: ({ deployment, tables, slugs, folder }) =>
    withFleet(deployment, migrationsOf(tables), async (fleet) => {
      loaded();
      const startedAt = performance.now();
      for (const slug of slugs)
        await exportToFile(fleet, await fleet.tenants.find(slug), join(folder, `${slug}.tar.gz`));
      return (performance.now() - startedAt) / slugs.length;
    }),
  /** The peak memory of this process, in KB: getrusage(2), ru_maxrss. */
  peak: async () => process.resourceUsage().maxRSS,
});

async function timed(deployment, tables, work) {
  const startedAt = performance.now();
  await withFleet(deployment, migrationsOf(tables), (fleet) => {
    loaded();
    return work(fleet);
  });
  return performance.now() - startedAt;
}
