import type { Command } from 'commander';
import type { ExitCode, Io } from '../../shell/io.js';
import { addTenantCertificate } from './tenants-certificate.command.js';
import { addTenantChanges } from './tenants-change.command.js';
import { addTenantEnd } from './tenants-end.command.js';
import { addTenantExpiry } from './tenants-expiry.command.js';
import { addTenantList } from './tenants-list.command.js';
import { addTenantRepair } from './tenants-repair.command.js';

/** The commands for the lifecycle of tenants. */
export function addTenants(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const tenants = program.command('tenants').description('manages the lifecycle of tenants');
  for (const add of [
    addTenantList,
    addTenantChanges,
    addTenantEnd,
    addTenantCertificate,
    addTenantRepair,
    addTenantExpiry,
  ])
    add(tenants, io, done);
}
