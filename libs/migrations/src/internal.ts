// What the packages of Rowhouse share among themselves. It may change with any release. Importing it loads no TypeORM.

import type { RowTablesParts } from './tenants/row-tables.js';

export { HomeLedger } from './homes/home-ledger.js';
export { MigrationSet } from './homes/migration-set.js';
export { fleetStatus } from './runs/fleet-status.js';
export { RunLedger } from './runs/run-ledger.js';
export { runRequestSchema } from './runs/run-request.js';
export { isInterrupted } from './runs/run-types.js';

/** See `tenants/row-tables.ts`. */
export async function tablesWithoutTenant(parts: RowTablesParts): Promise<readonly string[]> {
  const rowTables = await import('./tenants/row-tables.js');
  return rowTables.tablesWithoutTenant(parts);
}
