import { randomUUID } from 'node:crypto';
import {
  MigrationRefusedError,
  PostgresTenantStore,
  parseTenantSlug,
  ROW_POLICIES,
  schemaNameOf,
  type Tenant,
  TenantConflictError,
} from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import { HistoryTables } from '../history-tables.js';
import { homeOf, standIn } from '../home.js';
import { learnStatement, noteStatement } from '../home-ledger.js';
import { isSharedName } from '../migration-set.js';
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
import { loginOfTransaction, refuseForeignObjects } from './ownership.js';
import { putBehindPolicies } from './put-behind-policies.js';
import { compareCounts, countRows } from './row-counts.js';
import { readObjects, readReferences, rootTables, type SchemaObject } from './schema-objects.js';
import { stayingObjects } from './staying-objects.js';
import { type TypeormTables, typeormTables } from './typeorm-tables.js';
import { warnOfUniqueOverAll } from './unique-over-all.js';
import { warnOfWrittenNames } from './written-names.js';

const { escapeIdentifier: quote } = pg;

/** Where an adoption takes place: the main database, which holds the catalog too. */
export interface AdoptionGround {
  readonly registry: DataSourceRegistry;
  /** The schema that tenants with isolation `row` share. */
  readonly homeSchema: string;
}

interface Adoption {
  readonly ground: AdoptionGround;
  readonly options: ParsedAdoptionOptions;
  readonly tenant: Tenant;
  readonly founding: readonly string[];
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
 * @throws {z.ZodError} for wrong options.
 */
export async function adopt(
  ground: AdoptionGround,
  options: AdoptionOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<AdoptionReport> {
  const parsed = adoptionOptionsSchema.parse(options);
  const { registry, homeSchema } = ground;
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
  const founding = await foundingOf(ground, tenant);
  const report = await inOwnerTransaction({ ...transaction, dryRun }, (owner) =>
    adoptWithin(owner, { ground, options: parsed, tenant, founding }),
  );
  if (isolation === 'row' && !dryRun) await registry.homes.repairShared();
  return report;
}

async function foundingOf({ registry: { homes } }: AdoptionGround, tenant: Tenant): Promise<string[]> {
  if (tenant.isolation === 'schema') return (await homes.foundingScript(tenant)).map(({ text }) => text);
  await homes.prepareDeployment();
  return [];
}

async function adoptWithin(owner: OwnerTransaction, adoption: Adoption): Promise<AdoptionReport> {
  const { ground, options, tenant, founding } = adoption;
  const { from, dryRun } = options;
  const { homes } = ground.registry;
  const isRow = tenant.isolation === 'row';
  const { objects, login } = await survey(owner, options, tenant);
  const tables = rootTables(objects).map(({ bareName }) => bareName);
  await lockTables(owner, objects);
  const before = await countRows(owner, from, tables);

  const entered = await enterTenant(owner, tenant, options);
  const { restore, enforcement } = isRow
    ? await putBehindPolicies(owner, {
        tenantId: tenant.id,
        from,
        objects,
        login,
        systemRole: homes.roles?.system,
      })
    : {
        restore: await moveIntoSchema(owner, { tenant, from, objects, homes, founding, login }),
        enforcement: [],
      };
  const home = isRow ? from : tenant.schema;
  const historyWarnings = await noteHistory(owner, entered, home);
  const rows = compareCounts(before, await countRows(owner, home, tables));
  await owner.changeAll(enforcement);
  const warnings = isRow
    ? await warnOfUniqueOverAll(owner, from, tables)
    : await warnOfWrittenNames(owner, home, from, new Set(objects.map(({ bareName }) => bareName)));

  await keepPlan(owner, tenant.id, { format: 1, from, tables: isRow ? tables : [], restore: [...restore] });
  await owner.change('select rowhouse.tell_of_tenant($1, $2)', ['created', tenant.id]);
  return {
    tenant: entered,
    moved: isRow ? [] : objects.map(({ kind, name }) => ({ kind, name })),
    rows,
    statements: owner.statements,
    warnings: [...historyWarnings, ...warnings],
    dryRun,
  };
}

/** Reads what is to be adopted, and refuses what cannot be. Changes nothing. */
async function survey(
  owner: OwnerTransaction,
  options: ParsedAdoptionOptions,
  tenant: Tenant,
): Promise<{ objects: readonly SchemaObject[]; login: string }> {
  await refuseOccupied(owner, options.from, tenant);
  const login = await loginOfTransaction(owner);
  const objects = await adoptedObjects(owner, options, typeormTables(owner.dataSource));
  refuseForeignObjects(objects, login);
  return { objects, login };
}

/** @throws {MigrationRefusedError} when there is no catalog here, or tables of row tenants stand in the schema. */
async function refuseOccupied(owner: OwnerTransaction, from: string, tenant: Tenant): Promise<void> {
  const [found] = await owner.read<{ catalog: boolean; secured: string | null; taken: boolean }>(
    `select pg_catalog.to_regclass('rowhouse.adoptions') is not null as catalog,
            (select min(c.relname) from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
              where p.polname = $2 and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)) as secured,
            exists (select from pg_catalog.pg_namespace where nspname = $3) as taken`,
    [from, ROW_POLICIES.tenant, tenant.schema],
  );
  if (!found?.catalog)
    throw new MigrationRefusedError(
      "This database does not hold Rowhouse's catalog, or an older one: run `rowhouse init` in the database that is to be adopted.",
    );
  if (found.secured !== null)
    throw new MigrationRefusedError(
      `The table ${found.secured} of "${from}" holds rows of tenants already: this database has been adopted.`,
    );
  if (found.taken && tenant.isolation === 'schema')
    throw new TenantConflictError('A schema of the name of this tenant is there already.');
}

async function adoptedObjects(
  owner: OwnerTransaction,
  { from, keep, tenant }: ParsedAdoptionOptions,
  { common, history, metadata }: TypeormTables,
): Promise<readonly SchemaObject[]> {
  const objects = await readObjects(owner, from);
  const isRow = tenant.isolation === 'row';
  const alsoKeep = isRow ? [...common, history, metadata] : common;
  const references = isRow ? [] : await readReferences(owner, from);
  const staying = stayingObjects(objects, references, keep, alsoKeep);
  const adopted = objects.filter(
    ({ key, relkind }) => !staying.has(key) && !(isRow && relkind === undefined),
  );
  if (rootTables(adopted).length === 0)
    throw new MigrationRefusedError(`There is no table to adopt in the schema "${from}".`);
  return adopted;
}

async function enterTenant(
  owner: OwnerTransaction,
  { id, isolation }: Tenant,
  { tenant }: ParsedAdoptionOptions,
): Promise<Tenant> {
  const store = new PostgresTenantStore({ pool: owner.client as Pick<pg.Pool, 'query'> });
  return store.create({ ...tenant, id, isolation });
}

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
