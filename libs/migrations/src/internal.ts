// What the packages of Rowhouse share among themselves. It may change with any release.

export { HomeLedger } from './homes/home-ledger.js';
export { MigrationSet } from './homes/migration-set.js';
export { fleetStatus } from './runs/fleet-status.js';
export { RunLedger } from './runs/run-ledger.js';
