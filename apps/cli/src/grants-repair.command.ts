import {
  isTenantSlug,
  PostgresTenantStore,
  type Tenant,
  TenantHomes,
  type TenantStore,
} from '@rowhouse/core';
import pg from 'pg';
import { EXIT, type ExitCode, type Io, UnusableError } from './io.js';
import { resolveTarget, type TargetOptions } from './target.js';

export interface GrantsRepairOptions extends TargetOptions {
  /** The slug of one tenant. */
  readonly tenant?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface Repair {
  readonly tenant: string;
  /** Why it failed. */
  readonly error?: string;
}

/** Makes the roles and grants of one tenant, or of the deployment and all tenants, as they should be. */
export async function repairGrants(options: GrantsRepairOptions, io: Io): Promise<ExitCode> {
  if ((options.tenant === undefined) === !options.all)
    throw new UnusableError('Say whose grants: --tenant <slug>, or --all.');
  const { url, directUrl, pool } = resolveTarget(options, io);
  const catalog = new pg.Pool({ connectionString: directUrl, max: 1, connectionTimeoutMillis: 10_000 });
  catalog.on('error', () => {});
  const logins = [decodeURIComponent(new URL(url).username)];
  const homes = new TenantHomes({ owner: { url: directUrl }, logins, pool });
  try {
    const tenants = await tenantsToRepair(new PostgresTenantStore({ pool: catalog }), options.tenant);
    await homes.prepareDeployment();
    const repairs: Repair[] = [];
    for (const tenant of tenants) repairs.push(await repair(homes, tenant));
    return tell(repairs, options, io);
  } finally {
    await Promise.all([homes.close(), catalog.end()]);
  }
}

/** Those that have a home, or should have. */
const HOUSED: ReadonlySet<Tenant['status']> = new Set(['active', 'suspended', 'maintenance']);

async function tenantsToRepair(store: TenantStore, slug: string | undefined): Promise<Tenant[]> {
  if (slug !== undefined) {
    const tenant = isTenantSlug(slug) ? await store.findBySlug(slug) : undefined;
    if (!tenant) throw new UnusableError(`The catalog knows no tenant "${slug}".`);
    return [tenant];
  }
  const tenants: Tenant[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor, limit: 1_000 });
    tenants.push(...page.tenants.filter(({ status }) => HOUSED.has(status)));
    cursor = page.next;
  } while (cursor !== undefined);
  return tenants;
}

async function repair(homes: TenantHomes, tenant: Tenant): Promise<Repair> {
  try {
    await homes.prepare(tenant);
    return { tenant: tenant.slug };
  } catch (error) {
    return { tenant: tenant.slug, error: error instanceof Error ? error.message : String(error) };
  }
}

function tell(repairs: readonly Repair[], { json }: GrantsRepairOptions, io: Io): ExitCode {
  const failed = repairs.filter(({ error }) => error !== undefined);
  if (json) io.stdout.write(`${JSON.stringify({ repairs }, null, 2)}\n`);
  else {
    for (const { tenant, error } of failed) io.stderr.write(`${tenant}: ${error}\n`);
    io.stdout.write(
      `Repaired the shared schemas and ${repairs.length - failed.length} of ${repairs.length} tenants.\n`,
    );
  }
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}
