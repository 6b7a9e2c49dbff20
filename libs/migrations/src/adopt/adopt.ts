import { randomUUID } from 'node:crypto';
import { type Actor, PostgresTenantStore, parseTenantSlug, schemaNameOf, type Tenant } from '@rowhouse/core';
import { parseOptions, requireActor, type ScriptStatement, writeEvent } from '@rowhouse/core/internal';
import pg from 'pg';
import { MigrationRefusedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { homeOf, placeholderTenant } from '../homes/home.js';
import { saveHistoryStatement, setHistoryStatement } from '../homes/home-ledger.js';
import { isSharedName } from '../homes/migration-set.js';
import {
  type AdoptionOptions,
  adoptionOptionsSchema,
  type ParsedAdoptionOptions,
} from './adoption-options.js';
import { savePlan } from './adoption-plan.js';
import type { AdoptionReport } from './adoption-report.js';
import { lockTables } from './lock-tables.js';
import { moveIntoSchema } from './move-into-schema.js';
import { inOwnerTransaction, type OwnerTransaction } from './owner-transaction.js';
import { putBehindPolicies } from './put-behind-policies.js';
import { compareCounts, countRows } from './survey/row-counts.js';
import { rootTables } from './survey/schema-objects.js';
import { survey } from './survey/survey.js';

const { escapeIdentifier: quote } = pg;

interface Adoption {
  readonly deployment: FleetDeployment;
  readonly options: ParsedAdoptionOptions;
  readonly tenant: Tenant;
  readonly create: readonly string[];
  readonly by: Actor | undefined;
}

/** How to stop an adoption before it is committed, and who makes it. */
export interface AdoptionControl {
  readonly signal?: AbortSignal | undefined;
  readonly by?: Actor | undefined;
}

/**
 * Turns the database of a single-tenant app into the first tenant, in one transaction: either all tables become the tenant's,
 * or nothing changes. Stop the app first, because its tables are locked until the end.
 *
 * Missing roles that all tenants share are created before the transaction, in a dry run too.
 *
 * @throws {TenantConflictError} when the slug is taken.
 * @throws {MigrationRefusedError} when the database cannot be adopted as it is; the message says what to do.
 * @throws {MigrationConflictError} when another session holds a lock on the tables, or rows would be lost.
 * @throws {OwnerPrivilegeMissingError} when the owner lacks a privilege.
 * @throws {OptionsInvalidError}
 */
export async function adopt(
  deployment: FleetDeployment,
  options: AdoptionOptions,
  { signal, by }: AdoptionControl = {},
): Promise<AdoptionReport> {
  requireActor(by);
  const parsed = parseOptions('adopt', adoptionOptionsSchema, options);
  const { registry, homeSchema } = deployment;
  const { lockTimeoutMs, dryRun, from } = parsed;
  if (parsed.tenant.isolation === 'row' && from !== homeSchema)
    throw new MigrationRefusedError(
      `Tenants with isolation "row" share the schema "${homeSchema}", and the tables are in "${from}". Move them first, or set pool.homeSchema.`,
    );
  const slug = parseTenantSlug(parsed.tenant.slug);
  const { isolation } = parsed.tenant;
  const tenant = placeholderTenant({ id: randomUUID(), slug, schema: schemaNameOf(slug), isolation });
  const transaction = { registry, tenant, lockTimeoutMs, signal };
  await inOwnerTransaction({ ...transaction, dryRun: true }, (owner) => survey(owner, parsed, tenant));
  const create = await createStatementsOf(deployment, tenant);
  const report = await inOwnerTransaction({ ...transaction, dryRun }, (owner) =>
    adoptWithin(owner, { deployment, options: parsed, tenant, create, by }),
  );
  if (isolation === 'row' && !dryRun) await registry.homes.repairShared();
  return report;
}

async function createStatementsOf(
  { registry: { homes } }: FleetDeployment,
  tenant: Tenant,
): Promise<string[]> {
  if (tenant.isolation === 'schema') return textsOf(await homes.createStatements(tenant));
  await homes.prepareDeployment();
  return [];
}

async function adoptWithin(owner: OwnerTransaction, adoption: Adoption): Promise<AdoptionReport> {
  const { deployment, options, tenant, create, by } = adoption;
  const { from, dryRun } = options;
  const { homes } = deployment.registry;
  const isRow = tenant.isolation === 'row';
  const surveyed = await survey(owner, options, tenant);
  const { objects } = surveyed;
  const tables = rootTables(objects).map(({ bareName }) => bareName);
  await lockTables(owner, objects);
  const before = await countRows(owner, from, tables);
  const created = await createTenant(owner, tenant, options);
  const found = { ...surveyed, tenant, from, roles: homes.roles };
  const conversion = isRow
    ? await putBehindPolicies(owner, found)
    : await moveIntoSchema(owner, { ...found, create, grant: textsOf(homes.grantStatements(tenant)) });
  const historyWarnings = await noteHistory(owner, created, conversion.home);
  const rows = compareCounts(before, await countRows(owner, conversion.home, tables));
  await owner.changeAll(conversion.enforcement);
  const { restore, moved, warnings } = conversion;
  await savePlan(owner, tenant.id, { format: 1, from, tables: isRow ? tables : [], restore: [...restore] });
  const event = writeEvent('created', tenant, by);
  await owner.change(event.text, event.values);
  const { statements } = owner;
  return { tenant: created, moved, rows, statements, warnings: [...historyWarnings, ...warnings], dryRun };
}

async function createTenant(
  owner: OwnerTransaction,
  { id, isolation }: Tenant,
  { tenant }: ParsedAdoptionOptions,
): Promise<Tenant> {
  const store = new PostgresTenantStore({ pool: owner.client as Pick<pg.Pool, 'query'> });
  return store.create({ ...tenant, id, isolation });
}

const textsOf = (script: readonly ScriptStatement[]) => script.map(({ text }) => text);

/** Copies the home's history to the catalog; the home keeps its own migrations table. */
async function noteHistory(owner: OwnerTransaction, tenant: Tenant, schema: string): Promise<string[]> {
  const tables = new HistoryTables(owner.dataSource, schema);
  const { history, has } = await tables.read(owner.runner);
  if (!has.own)
    return [
      `There is no table ${quote(tables.name({ isShared: false }))}, so no migration counts as run. Before the next migration run, ` +
        'record the migrations whose tables exist (TypeORM: migration:run --fake).',
    ];
  const own = history.filter((name) => !isSharedName(name));
  for (const { text, values } of [saveHistoryStatement(own), setHistoryStatement(homeOf(tenant), own)])
    await owner.change(text, values);
  return [];
}
