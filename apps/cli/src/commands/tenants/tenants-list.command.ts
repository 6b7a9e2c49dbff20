import {
  type Catalog,
  PostgresTenantStore,
  TENANT_STATUSES,
  type Tenant,
  type TenantPage,
  type TenantStatus,
  type TenantStore,
} from '@rowhouse/core';
import { findTenant, HAS_CITUS } from '@rowhouse/core/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { allTenants } from './select-tenants.js';
import { type ListedTenant, tenantsText, tenantText } from './tenants-text.js';

interface ListOptions extends TargetOptions {
  readonly json?: boolean;
  readonly status?: TenantStatus;
  readonly limit?: number;
  readonly cursor?: string;
  readonly all?: boolean;
}

const LIST_HELP = `
The JSON is {"tenants": [...], "next"?}: "next" is the cursor of the next page. On Citus, "worker" of a tenant is the server
that has its tables. Exit status: 0; 2 when the command could
not start.

Examples:
  $ rowhouse tenants list --all
  $ rowhouse tenants list --status suspended --all --json
`;

const SHOW_HELP = `
Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse tenants show acme
  $ rowhouse tenants show 0190163d-8694-739b-aea5-966c26f8ad91 --json
`;

export function addTenantList(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(tenants.command('list'))
    .description('lists tenants of every status, sorted by slug')
    .addOption(new Option('--status <status>', 'only tenants in this status').choices(TENANT_STATUSES))
    .option('--limit <n>', 'the size of a page, up to 1000 (default: 100)', count)
    .option('--cursor <cursor>', 'continues after a page: its "next"')
    .option('--all', 'every tenant: all pages')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await listTenants(options, io)));

  withTarget(tenants.command('show'))
    .description('shows one tenant')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', SHOW_HELP)
    .action(async (tenant, options) => done(await showTenant(tenant, options, io)));
}

async function listTenants(options: ListOptions, io: Io): Promise<ExitCode> {
  const page = await withCatalog(options, io, async (pool) => {
    const store = new PostgresTenantStore({ pool });
    const { tenants, next } = await (options.all
      ? everyPage(store, options)
      : store.list(pageOptions(options)));
    return { tenants: await listed(pool, tenants), next };
  });
  const more = page.next === undefined ? '' : `\n\nMore: rowhouse tenants list --cursor ${page.next}`;
  report(io, options, page, tenantsText(page.tenants) + more);
  return EXIT.ok;
}

function pageOptions({ status, limit, cursor }: ListOptions) {
  return { status, limit, cursor };
}

async function everyPage(store: Pick<TenantStore, 'list'>, options: ListOptions): Promise<TenantPage> {
  return { tenants: await allTenants(store, pageOptions(options)), next: undefined };
}

async function showTenant(slugOrId: string, options: ListOptions, io: Io): Promise<ExitCode> {
  const tenant = await withCatalog(options, io, async (pool) => {
    const found = await findTenant(new PostgresTenantStore({ pool }), slugOrId);
    return (await listed(pool, [found]))[0] ?? found;
  });
  report(io, options, tenant, tenantText(tenant));
  return EXIT.ok;
}

/** Says of clones when they expire, and on Citus where the tables of each tenant are. */
async function listed(catalog: Catalog, tenants: readonly Tenant[]): Promise<readonly ListedTenant[]> {
  const { clonesAmong, workersOf } = await import('@rowhouse/migrations/internal');
  const clones = await clonesAmong(
    catalog,
    tenants.map(({ id }) => id),
  );
  const workers = (await isOnCitus(catalog)) ? await workersOf(catalog, tenants) : undefined;
  return tenants.map((tenant) => {
    const expiresAt = clones.find(({ tenantId }) => tenantId === tenant.id)?.expiresAt;
    const worker = workers?.get(tenant.id);
    return { ...tenant, ...(expiresAt && { expiresAt }), ...(worker && { worker }) };
  });
}

async function isOnCitus(catalog: Catalog): Promise<boolean> {
  const { rows } = await catalog.query<{ hasCitus: boolean }>(`select ${HAS_CITUS} as "hasCitus"`);
  return rows[0]?.hasCitus === true;
}
