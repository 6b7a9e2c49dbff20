import { isTenantSlug, PostgresTenantStore, type Tenant, TenantNotFoundError } from '@rowhouse/core';
import { parseOptions, type RoleName } from '@rowhouse/core/internal';
import { TENANT_KEY } from '@rowhouse/typeorm/internal';
import pg from 'pg';
import { MigrationConflictError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { homeOf } from '../homes/home.js';
import { type UndoAdoptionOptions, undoOptionsSchema } from './adoption-options.js';
import { type AdoptionPlan, type Restoration, readPlan } from './adoption-plan.js';
import type { AdoptionReport } from './adoption-report.js';
import { lockTables } from './lock-tables.js';
import { inOwnerTransaction, type OwnerTransaction } from './owner-transaction.js';
import { compareCounts, countRows } from './row-counts.js';
import { moveStatements, readObjects, rootTables } from './schema-objects.js';
import { renameInMetadata } from './typeorm-tables.js';

const { escapeIdentifier: quote } = pg;

/**
 * Takes an adoption back, in one transaction: the tables are where they were, with every row of today, and the tenant is no
 * more. Hooks are not told.
 *
 * @throws {TenantNotFoundError} when there is no such tenant.
 * @throws {MigrationConflictError} when it was not adopted, or other tenants have come since: they would read its tables as
 *   tables that all share.
 * @throws {OwnerPrivilegeMissingError} when PostgreSQL does not let the owner.
 */
export async function undoAdoption(
  { registry, catalog }: FleetDeployment,
  slug: string,
  options: UndoAdoptionOptions = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<AdoptionReport> {
  const { dryRun, lockTimeoutMs } = parseOptions('undoAdoption', undoOptionsSchema, options);
  const tenant = isTenantSlug(slug)
    ? await new PostgresTenantStore({ pool: catalog }).findBySlug(slug)
    : undefined;
  if (!tenant) throw new TenantNotFoundError();
  if (tenant.status === 'deleting')
    throw new MigrationConflictError('This tenant is being purged: there is no way back.');
  const undone = await inOwnerTransaction(
    { registry, tenant, lockTimeoutMs, dryRun, signal },
    async (owner) => {
      const plan = await readPlan(owner, tenant.id);
      await refuseOtherTenants(owner, tenant);
      const parts =
        tenant.isolation === 'row' ? await uncover(owner, plan) : await moveBack(owner, tenant, plan);
      if (tenant.isolation === 'schema')
        await dropHome(owner, tenant, registry.homes.roles?.ofTenant(tenant));
      await owner.change('delete from rowhouse.homes where id = $1', [homeOf(tenant).id]);
      await owner.change('delete from rowhouse.tenants where id = $1', [tenant.id]);
      return { ...parts, statements: owner.statements };
    },
  );
  if (!dryRun) await registry.homes.repairShared();
  return { tenant, ...undone, warnings: [], dryRun };
}

type Undone = Pick<AdoptionReport, 'moved' | 'rows'>;

async function refuseOtherTenants(owner: OwnerTransaction, { id }: Tenant): Promise<void> {
  const [other] = await owner.read<{ count: string }>(
    'select count(*) as count from rowhouse.tenants where id <> $1',
    [id],
  );
  if (other?.count === '0') return;
  throw new MigrationConflictError(
    `There are ${other?.count} other tenants now (also counting deleted ones), to whom the tables would be shared ones. Purge them first, or keep the tenant.`,
  );
}

async function moveBack(owner: OwnerTransaction, tenant: Tenant, plan: AdoptionPlan): Promise<Undone> {
  const { from, restore } = plan;
  const objects = await readObjects(owner, tenant.schema);
  const tables = rootTables(objects).map(({ bareName }) => bareName);
  await lockTables(owner, objects);
  const before = await countRows(owner, tenant.schema, tables);
  await owner.changeAll(moveStatements(objects, quote(from)));
  await renameInMetadata(owner, { from: tenant.schema, to: from });
  await owner.changeAll(await statementsOf(owner, from, restore));
  const rows = compareCounts(before, await countRows(owner, from, tables));
  return { moved: objects.map(({ kind, name }) => ({ kind, name })), rows };
}

/** What belonged to objects that later migrations have dropped goes with them. */
async function statementsOf(
  owner: OwnerTransaction,
  schema: string,
  restore: readonly Restoration[],
): Promise<string[]> {
  const names = new Set((await readObjects(owner, schema)).map(({ name }) => name));
  const relations = await owner.read<{ name: string }>(
    'select name from unnest($1::text[]) name where pg_catalog.to_regclass(name) is not null',
    [restore.filter(({ isRelation }) => isRelation).map(({ object }) => object)],
  );
  for (const { name } of relations) names.add(name);
  return restore
    .filter(({ object }) => object === undefined || names.has(object))
    .map(({ statement }) => statement);
}

async function dropHome(
  owner: OwnerTransaction,
  { schema }: Tenant,
  role: RoleName | undefined,
): Promise<void> {
  // Not CASCADE: what has not moved is not to be lost.
  await owner.change(`drop schema ${quote(schema)}`);
  if (!role) return;
  // Only who has a role's privileges may drop what it was granted.
  await owner.changeAll([
    `grant ${quote(role)} to current_user`,
    `drop owned by ${quote(role)}`,
    `drop role ${quote(role)}`,
  ]);
}

/** Takes the policies and the column away. */
async function uncover(owner: OwnerTransaction, { from, tables, restore }: AdoptionPlan): Promise<Undone> {
  await refuseNewTables(owner, from, tables);
  // So that the owner counts every row; and locks the tables, so that there will be no others.
  await owner.changeAll(
    tables.map((table) => `alter table ${quote(from)}.${quote(table)} no force row level security`),
  );
  const before = await countRows(owner, from, tables);
  await owner.changeAll(await statementsOf(owner, from, restore));
  return { moved: [], rows: compareCounts(before, await countRows(owner, from, tables)) };
}

/** @throws {MigrationConflictError} for tables of tenants' rows that the adoption did not make, or that are gone. */
async function refuseNewTables(
  owner: OwnerTransaction,
  from: string,
  tables: readonly string[],
): Promise<void> {
  const secured = await owner.read<{ schema: string; name: string }>(
    `select n.nspname::text as schema, c.relname::text as name
       from pg_catalog.pg_constraint k
       join pg_catalog.pg_class c on c.oid = k.conrelid and not c.relispartition
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where k.conname = $1 and k.contype = 'f' and k.confrelid = 'rowhouse.tenants'::pg_catalog.regclass`,
    [TENANT_KEY],
  );
  const known = new Set(tables);
  const found = new Set(secured.filter(({ schema }) => schema === from).map(({ name }) => name));
  const added = secured
    .filter(({ schema, name }) => schema !== from || !known.has(name))
    .map(({ name }) => name);
  const gone = tables.filter((name) => !found.has(name));
  if (added.length + gone.length === 0) return;
  throw new MigrationConflictError(
    `Tables with rows of tenants have come or gone since: ${[...added, ...gone].join(', ')}. Revert those migrations first.`,
  );
}
