import { isTenantSlug, PostgresTenantStore, type Tenant, TenantNotFoundError } from '@rowhouse/core';
import { counted, parseOptions, type RoleName } from '@rowhouse/core/internal';
import { TENANT_KEY } from '@rowhouse/typeorm/internal';
import pg from 'pg';
import { MigrationConflictError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { homeOf } from '../homes/home.js';
import { type UndoAdoptionOptions, undoOptionsSchema } from './adoption-options.js';
import { type AdoptionPlan, type Restoration, readPlan } from './adoption-plan.js';
import type { AdoptionReport } from './adoption-report.js';
import { lockTables } from './lock-tables.js';
import { inOwnerTransaction, type OwnerTransaction } from './owner-transaction.js';
import { compareCounts, countRows } from './survey/row-counts.js';
import { moveStatements, readObjects, rootTables, type SchemaObject } from './survey/schema-objects.js';
import { renameInMetadata } from './survey/typeorm-tables.js';

const { escapeIdentifier: quote } = pg;

/**
 * Undoes an adoption in one transaction: the tables are where they were before, with all current rows, and the tenant is
 * removed. It writes no event, so hooks are not called.
 *
 * @throws {TenantNotFoundError} when there is no such tenant.
 * @throws {MigrationConflictError} when it was not adopted, or there are other tenants now: they could read its tables, which
 *   would become shared tables.
 * @throws {OwnerPrivilegeMissingError} when the owner lacks a privilege.
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
    throw new MigrationConflictError('This tenant is being purged, so its adoption cannot be undone.');
  const undone = await inOwnerTransaction(
    { registry, tenant, lockTimeoutMs, dryRun, signal },
    async (owner) => {
      const plan = await readPlan(owner, tenant.id);
      await refuseOtherTenants(owner, tenant);
      if (plan.madeHistory) await dropHistory(owner, tenant.isolation === 'row' ? plan.from : tenant.schema);
      const parts =
        tenant.isolation === 'row' ? await removePolicies(owner, plan) : await moveBack(owner, tenant, plan);
      if (tenant.isolation === 'schema')
        await dropHome(owner, tenant, registry.homes.roles?.ofTenant(tenant));
      await owner.change('delete from rowhouse.homes where id = $1', [homeOf(tenant).id]);
      await owner.change('delete from rowhouse.tenants where id = $1', [tenant.id]);
      return { ...parts, statements: owner.statements };
    },
  );
  return { tenant, ...undone, warnings: [], dryRun };
}

async function dropHistory(owner: OwnerTransaction, schema: string): Promise<void> {
  const table = new HistoryTables(owner.dataSource, schema).qualified({ isShared: false });
  await owner.change(`drop table ${table}`);
}

type Undone = Pick<AdoptionReport, 'moved' | 'rows'>;

async function refuseOtherTenants(owner: OwnerTransaction, { id }: Tenant): Promise<void> {
  const [other] = await owner.read<{ count: string }>(
    'select count(*) as count from rowhouse.tenants where id <> $1',
    [id],
  );
  const count = Number(other?.count);
  if (count === 0) return;
  const [are, them] = count === 1 ? ['is', 'it'] : ['are', 'them'];
  throw new MigrationConflictError(
    `There ${are} ${counted(count, 'other tenant')} now (including deleted ones), which could read the tables. Purge ${them} first, or keep the tenant.`,
  );
}

async function moveBack(owner: OwnerTransaction, tenant: Tenant, plan: AdoptionPlan): Promise<Undone> {
  const { from, others, restore } = plan;
  const objects = await readObjects(owner, [tenant.schema]);
  const tables = rootTables(objects);
  await lockTables(owner, objects);
  const before = await countRows(owner, tables);
  const schemaOf = new Map(
    Object.entries(others).flatMap(([schema, names]) => names.map((name) => [name, schema] as const)),
  );
  const former = ({ name }: SchemaObject) => schemaOf.get(name) ?? from;
  await owner.changeAll(moveStatements(objects, (object) => quote(former(object))));
  await renameInMetadata(owner, { from: [tenant.schema], to: from });
  await owner.changeAll(await statementsOf(owner, [from, ...Object.keys(others)], restore));
  const back = tables.map((table) => ({ ...table, schema: former(table) }));
  const rows = compareCounts(before, await countRows(owner, back));
  return { moved: objects.map(({ kind, name }) => ({ kind, name })), rows };
}

/** The statements of the plan, without those about objects that later migrations have dropped. */
async function statementsOf(
  owner: OwnerTransaction,
  schemas: readonly string[],
  restore: readonly Restoration[],
): Promise<string[]> {
  const names = new Set((await readObjects(owner, schemas)).map(({ name }) => name));
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
  // Without CASCADE, so that the statement fails if an object was not moved.
  await owner.change(`drop schema ${quote(schema)}`);
  if (!role) return;
  // DROP OWNED requires the privileges of the role.
  await owner.changeAll([
    `grant ${quote(role)} to current_user`,
    `drop owned by ${quote(role)}`,
    `drop role ${quote(role)}`,
  ]);
}

/** Removes the policies and the tenant column. */
async function removePolicies(
  owner: OwnerTransaction,
  { from, tables, restore }: AdoptionPlan,
): Promise<Undone> {
  await refuseNewTables(owner, from, tables);
  // The owner can then count every row. The statement also locks the tables, so that no rows are added meanwhile.
  await owner.changeAll(
    tables.map((table) => `alter table ${quote(from)}.${quote(table)} no force row level security`),
  );
  const roots = tables.map((bareName) => ({ schema: from, bareName }));
  const before = await countRows(owner, roots);
  await owner.changeAll(await statementsOf(owner, [from], restore));
  return { moved: [], rows: compareCounts(before, await countRows(owner, roots)) };
}

/** @throws {MigrationConflictError} when tables with rows of tenants were added or dropped since the adoption. */
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
    `Tables with rows of tenants were added or dropped since the adoption: ${[...added, ...gone].join(', ')}. Revert those migrations first.`,
  );
}
