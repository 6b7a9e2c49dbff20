import { randomUUID } from 'node:crypto';
import { type Actor, parseTenant, parseTenantSlug, schemaNameOf, type Tenant } from '@rowhouse/core';
import {
  explainConflict,
  insertTenant,
  parseNewTenant,
  parseOptions,
  requireActor,
  type ScriptStatement,
  writeEvent,
} from '@rowhouse/core/internal';
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
import { compareCounts, countRows, tablesIn } from './survey/row-counts.js';
import { rootTables } from './survey/schema-objects.js';
import { survey } from './survey/survey.js';

const { escapeIdentifier: quote } = pg;

interface Adoption {
  readonly deployment: FleetDeployment;
  readonly options: ParsedAdoptionOptions;
  readonly tenant: Tenant;
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
 * Grants on what all tenants share follow the commit. If the process dies in between, the next start of the app gives them.
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
  if (parsed.tenant.isolation === 'row' && (from.length > 1 || from[0] !== homeSchema))
    throw new MigrationRefusedError(
      `Tenants with isolation "row" share the schema "${homeSchema}", and the tables are in "${from.join('", "')}". Move them first, or set pool.homeSchema.`,
    );
  const slug = parseTenantSlug(parsed.tenant.slug);
  const { isolation } = parsed.tenant;
  const tenant = placeholderTenant({ id: randomUUID(), slug, schema: schemaNameOf(slug), isolation });
  const transaction = { registry, tenant, lockTimeoutMs, signal };
  const report = await inOwnerTransaction({ ...transaction, dryRun }, (owner) =>
    adoptWithin(owner, { deployment, options: parsed, tenant, by }),
  );
  if (!dryRun) await registry.homes.repairShared();
  return report;
}

async function adoptWithin(owner: OwnerTransaction, adoption: Adoption): Promise<AdoptionReport> {
  const { deployment, options, tenant, by } = adoption;
  const { from, dryRun } = options;
  const { homes } = deployment.registry;
  const isRow = tenant.isolation === 'row';
  const surveyed = await survey(owner, options, tenant);
  const { objects } = surveyed;
  const tables = rootTables(objects);
  await lockTables(owner, objects);
  const before = await countRows(owner, tables);
  await homes.makeDeploymentRoles(owner.client);
  const create = isRow ? [] : textsOf(await homes.createStatements(tenant));
  const created = await createTenant(owner, tenant, options);
  const found = { ...surveyed, tenant, from, roles: homes.roles };
  const conversion = isRow
    ? await putBehindPolicies(owner, found)
    : await moveIntoSchema(owner, { ...found, create, grant: textsOf(homes.grantStatements(tenant)) });
  const noted = await noteHistory(owner, adoption, { tenant: created, schema: conversion.home });
  const rows = compareCounts(before, await countRows(owner, tablesIn(conversion.home, tables)));
  await owner.changeAll(conversion.enforcement);
  const { restore, moved, others } = conversion;
  const warnings = [...noted.warnings, ...surveyed.warnings, ...conversion.warnings];
  await savePlan(owner, tenant.id, {
    format: 1,
    from: from[0] ?? '',
    others,
    madeHistory: noted.isMade,
    tables: isRow ? tables.map(({ bareName }) => bareName) : [],
    restore: [...restore],
  });
  const event = writeEvent('created', tenant, by);
  await owner.change(event.text, event.values);
  const { statements } = owner;
  return { tenant: created, moved, rows, statements, warnings, dryRun };
}

async function createTenant(
  owner: OwnerTransaction,
  { id, isolation }: Tenant,
  { tenant }: ParsedAdoptionOptions,
): Promise<Tenant> {
  const created = parseNewTenant({ ...tenant, id, isolation }, new Date());
  const { text, values = [] } = insertTenant(created);
  const { rows } = await owner.client.query(text, [...values]).catch((error: unknown) => {
    throw explainConflict(error, created);
  });
  return parseTenant(rows[0]);
}

const textsOf = (script: readonly ScriptStatement[]) => script.map(({ text }) => text);

/** Copies the home's history to the catalog; the home keeps its own migrations table. */
async function noteHistory(
  owner: OwnerTransaction,
  { deployment, options }: Adoption,
  { tenant, schema }: { tenant: Tenant; schema: string },
): Promise<{ warnings: string[]; isMade: boolean }> {
  const tables = new HistoryTables(owner.dataSource, schema);
  const { history, has } = await tables.read(owner.runner);
  const name = quote(tables.name({ isShared: false }));
  if (!has.own && !options.history)
    return {
      warnings: [
        `There is no table ${name}, so no migration counts as run, and the next run would make the tables again. If they are as your ` +
          'migrations make them, adopt with the option history (--history), which records all as run.',
      ],
      isMade: false,
    };
  if (has.own && options.history)
    throw new MigrationRefusedError(
      `There is a table ${name}, which says what was run: leave out the option history (--history).`,
    );
  const own = has.own
    ? history.filter((one) => !isSharedName(one))
    : await makeHistory(owner, { tables, tenant, deployment });
  for (const { text, values } of [saveHistoryStatement(own), setHistoryStatement(homeOf(tenant), own)])
    await owner.change(text, values);
  return { warnings: [], isMade: !has.own };
}

async function makeHistory(
  owner: OwnerTransaction,
  {
    tables,
    tenant,
    deployment: { set, registry },
  }: { readonly tables: HistoryTables; readonly tenant: Tenant; readonly deployment: FleetDeployment },
): Promise<readonly string[]> {
  if (set.tenant.length === 0)
    throw new MigrationRefusedError(
      'The option history (--history) records the migrations of the application as run, and it has none.',
    );
  await tables.make(owner.runner, { isShared: false });
  await owner.changeAll(textsOf(registry.homes.readOnlyStatements(tenant)));
  for (const { text, values } of tables.recordStatements('up', set.tenant)) await owner.change(text, values);
  return set.tenant.map(({ name }) => name);
}
