import { pendingOf } from '../homes/history.js';
import { migrationsOf } from '../homes/home.js';
import type { HomeLedger } from '../homes/home-ledger.js';
import type { MigrationSet } from '../homes/migration-set.js';
import type { FleetStatus } from './run-types.js';

/** The number of tenants at each version, as the catalog has it. */
export async function fleetStatus(ledger: HomeLedger, set: MigrationSet): Promise<FleetStatus> {
  const versions = (await ledger.matrix()).map(({ history, isolation, tenants }) => {
    const all = migrationsOf(isolation, set);
    return {
      isolation,
      tenants,
      version: history?.at(-1),
      pending: history ? pendingOf(history, all) : all,
      unknown: history ? history.filter((name) => !set.find(name)) : [],
    };
  });
  const count = (some: typeof versions) => some.reduce((sum, { tenants }) => sum + tenants, 0);
  return {
    migrations: migrationsOf('database', set),
    versions,
    tenants: count(versions),
    behind: count(versions.filter(({ pending }) => pending.length > 0)),
  };
}
