import { randomUUID } from 'node:crypto';
import { type Actor, PostgresTenantStore, parseTenantSlug, schemaNameOf, type Tenant } from '@rowhouse/core';
import { parseOptions, type ScriptStatement, writeEvent } from '@rowhouse/core/internal';
import pg from 'pg';
import { MigrationRefusedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { homeOf, standIn } from '../homes/home.js';
import { learnStatement, noteStatement } from '../homes/home-ledger.js';
import { isSharedName } from '../homes/migration-set.js';
import {
  type AdoptionOptions,
  adoptionOptionsSchema,
  type ParsedAdoptionOptions,
} from './adoption-options.js';
import { keepPlan } from './adoption-plan.js';
import type { AdoptionReport } from './adoption-report.js';
import { lockTables } from './lock-tables.js';
import { moveIntoSchema } from './move-into-schema.js';
import { inOwnerTransaction, type OwnerTransaction } from './owner-transaction.js';
import { putBehindPolicies } from './put-behind-policies.js';
import { compareCounts, countRows } from './row-counts.js';
import { rootTables } from './schema-objects.js';
import { survey } from './survey.js';

const { escapeIdentifier: quote } = pg;

interface Adoption {
  readonly deployment: FleetDeployment;
  readonly options: ParsedAdoptionOptions;
  readonly tenant: Tenant;
  readonly create: readonly string[];
  readonly by: Actor | undefined;
}

/** How an adoption is stopped before it is committed, and who makes it. */
export interface AdoptionControl {
  readonly signal?: AbortSignal | undefined;
  readonly by?: Actor | undefined;
}

/**
 * Turns the database of an app without tenants into its first tenant, in one transaction: whatever happens, the app's tables
 * are where they were, or all are the tenant's. Stop the app before: its tables are locked until the end.
 *
 * The roles that all tenants share are made first, if they are not there; a dry run does that too.
 *
 * @throws {TenantConflictError} when the slug is taken.
 * @throws {MigrationRefusedError} when the database is not as it has to be; the message says what to do.
 * @throws {MigrationConflictError} when somebody holds a lock on the tables, or rows would be lost.
 * @throws {OwnerPrivilegeMissingError} when PostgreSQL does not let the owner.
 * @throws {OptionsInvalidError}
 */
export async function adopt(
  deployment: FleetDeployment,
  options: AdoptionOptions,
  { signal, by }: AdoptionControl = {},
): Promise<AdoptionReport> {
  const parsed = parseOptions('adopt', adoptionOptionsSchema, options);
  const { registry, homeSchema } = deployment;
  const { lockTimeoutMs, dryRun, from } = parsed;
  if (parsed.tenant.isolation === 'row' && from !== homeSchema)
    throw new MigrationRefusedError(
      `Tenants with isolation "row" share the schema "${homeSchema}", and the tables are in "${from}". Move them first, or set pool.homeSchema.`,
    );
  const slug = parseTenantSlug(parsed.tenant.slug);
  const { isolation } = parsed.tenant;
  const tenant = standIn({ id: randomUUID(), slug, schema: schemaNameOf(slug), isolation });
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
  const entered = await enterTenant(owner, tenant, options);
  const found = { ...surveyed, tenant, from, roles: homes.roles };
  const conversion = isRow
    ? await putBehindPolicies(owner, found)
    : await moveIntoSchema(owner, { ...found, create, grant: textsOf(homes.grantStatements(tenant)) });
  const historyWarnings = await noteHistory(owner, entered, conversion.home);
  const rows = compareCounts(before, await countRows(owner, conversion.home, tables));
  await owner.changeAll(conversion.enforcement);
  const { restore, moved, warnings } = conversion;
  await keepPlan(owner, tenant.id, { format: 1, from, tables: isRow ? tables : [], restore: [...restore] });
  const created = writeEvent('created', tenant, by);
  await owner.change(created.text, created.values);
  const { statements } = owner;
  return { tenant: entered, moved, rows, statements, warnings: [...historyWarnings, ...warnings], dryRun };
}

async function enterTenant(
  owner: OwnerTransaction,
  { id, isolation }: Tenant,
  { tenant }: ParsedAdoptionOptions,
): Promise<Tenant> {
  const store = new PostgresTenantStore({ pool: owner.client as Pick<pg.Pool, 'query'> });
  return store.create({ ...tenant, id, isolation });
}

const textsOf = (script: readonly ScriptStatement[]) => script.map(({ text }) => text);

/** The home keeps its own table of migrations; the catalog gets a copy of what is in it. */
async function noteHistory(owner: OwnerTransaction, tenant: Tenant, schema: string): Promise<string[]> {
  const tables = new HistoryTables(owner.dataSource, schema);
  const { history, has } = await tables.read(owner.runner);
  if (!has.own)
    return [
      `There is no table ${quote(tables.name({ isShared: false }))}, so no migration counts as run. Before the next run over the fleet, ` +
        'enter those whose tables are there (TypeORM: migration:run --fake).',
    ];
  const own = history.filter((name) => !isSharedName(name));
  for (const { text, values } of [learnStatement(own), noteStatement(homeOf(tenant), own)])
    await owner.change(text, values);
  return [];
}
