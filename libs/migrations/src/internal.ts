// What the packages of Rowhouse share among themselves. It may change with any release. Importing it loads no TypeORM.

import type { Tenant } from '@rowhouse/core';
import type { FleetDeployment } from './fleet/fleet-deployment.js';
import type { History } from './homes/history.js';
import { isSharedName } from './homes/migration-set.js';
import type { RowTablesParts } from './tenants/row-tables.js';

export type { FleetDeployment } from './fleet/fleet-deployment.js';
export { HOME_ID_OF_TENANT } from './homes/home.js';
export { HomeLedger } from './homes/home-ledger.js';
export { MigrationSet } from './homes/migration-set.js';
export { MIGRATED_STATUSES } from './homes/selection.js';
export { fleetStatus } from './runs/fleet-status.js';
export { RunLedger } from './runs/run-ledger.js';
export { runRequestSchema } from './runs/run-request.js';
export { isInterrupted } from './runs/run-types.js';
export { type CloneOrigin, clonesAmong } from './tenants/clones.js';
export { workersOf } from './workers/tenant-schemas.js';

/** See `tenants/row-tables.ts`. */
export async function tablesWithoutTenant(parts: RowTablesParts): Promise<readonly string[]> {
  const rowTables = await import('./tenants/row-tables.js');
  return rowTables.tablesWithoutTenant(parts);
}

/** The migrations that a tenant's own tables have had, and the names of the tables in which TypeORM keeps records of its own. */
export async function historyOf(
  deployment: FleetDeployment,
  tenant: Tenant,
): Promise<{ readonly history: History; readonly tables: readonly string[] }> {
  const { openHome, ownHistory } = await import('./homes/open-home.js');
  const { homeOf } = await import('./homes/home.js');
  const home = homeOf(tenant);
  return openHome(deployment, home, async ({ tables, runner, dataSource }) => ({
    history: ownHistory(home, await tables.readAtOnce(runner)).filter((name) => !isSharedName(name)),
    tables: [tables.name({ isShared: false }), tables.name({ isShared: true }), dataSource.metadataTableName],
  }));
}
