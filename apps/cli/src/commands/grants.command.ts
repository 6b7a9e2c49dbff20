import {
  isTenantSlug,
  PostgresTenantStore,
  type Tenant,
  TenantHomes,
  type TenantStore,
} from '@rowhouse/core';
import { counted, historyTables, loginOf, messageOf, withFields } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import pg from 'pg';
import { withTarget } from '../options/target-options.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../shell/io.js';
import { onOneLine, print, printJson } from '../shell/print.js';
import { resolveTarget, type TargetOptions } from '../target/target.js';
import { allTenants, STATUSES_WITH_HOME } from './tenants/select-tenants.js';

interface GrantsRepairOptions extends TargetOptions {
  /** The slug of one tenant. */
  readonly tenant?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface GrantsRepair {
  readonly tenant: string;
  /** Why it failed. */
  readonly error?: string;
}

const HELP = `
On Citus, roles are let in on the workers, and shared tables are copied there.

The JSON is {"repairs": [{"tenant", "error"?}]}. Exit status: 0; 1 when a tenant could not be repaired; 2 when
the command line is wrong or the database cannot be reached.

Examples:
  $ rowhouse grants repair --all
  $ rowhouse grants repair --tenant acme --direct-url postgres://owner:…@db:5432/shop
`;

export function addGrants(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const grants = program
    .command('grants')
    .description('manages the privileges of tenants in their own and in shared schemas');
  withTarget(grants.command('repair'))
    .description('restores roles and grants; can be repeated')
    .option('--tenant <slug>', 'for this tenant')
    .option('--all', 'for the shared schemas and every tenant')
    .addHelpText('after', HELP)
    .action(async (options) => done(await repairGrants(options, io)));
}

/** Restores the roles and grants of one tenant, or of the deployment and all tenants. */
async function repairGrants(options: GrantsRepairOptions, io: Io): Promise<ExitCode> {
  if ((options.tenant === undefined) === !options.all)
    throw new UnusableError('Give --tenant <slug> or --all.');
  const { app, owner, pool, config } = await resolveTarget(options, io);
  const catalog = new pg.Pool(withFields(owner, { max: 1, connectionTimeoutMillis: 10_000 }));
  catalog.on('error', () => {});
  const login = loginOf(app);
  const readOnlyTables = historyTables(config?.config.dataSource.migrationsTableName);
  const homes = new TenantHomes({ owner, logins: login ? [login] : [], pool, readOnlyTables });
  try {
    const tenants = await tenantsToRepair(new PostgresTenantStore({ pool: catalog }), options.tenant);
    await homes.prepareDeployment();
    if (options.all) await homes.placeSharedTables();
    const repairs: GrantsRepair[] = [];
    for (const tenant of tenants) repairs.push(await repair(homes, tenant));
    return reportRepairs(repairs, options, io);
  } finally {
    await Promise.all([homes.close(), catalog.end()]);
  }
}

async function tenantsToRepair(store: TenantStore, slug: string | undefined): Promise<Tenant[]> {
  if (slug !== undefined) {
    const tenant = isTenantSlug(slug) ? await store.findBySlug(slug) : undefined;
    if (!tenant) throw new UnusableError(`There is no tenant "${slug}".`);
    return [tenant];
  }
  return (await allTenants(store)).filter(({ status }) => STATUSES_WITH_HOME.includes(status));
}

async function repair(homes: TenantHomes, tenant: Tenant): Promise<GrantsRepair> {
  try {
    await homes.prepare(tenant);
    return { tenant: tenant.slug };
  } catch (error) {
    return { tenant: tenant.slug, error: messageOf(error) };
  }
}

function reportRepairs(repairs: readonly GrantsRepair[], { json }: GrantsRepairOptions, io: Io): ExitCode {
  const failed = repairs.filter(({ error }) => error !== undefined);
  if (json) printJson(io.stdout, { repairs });
  else {
    for (const { tenant, error } of failed) print(io.stderr, `${tenant}: ${onOneLine(error ?? '')}\n`);
    print(
      io.stdout,
      `Repaired the shared schemas and ${repairs.length - failed.length} of ${counted(repairs.length, 'tenant')}.\n`,
    );
  }
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}
