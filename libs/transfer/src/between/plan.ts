import { type Tenant, TenantContext } from '@rowhouse/core';
import { type FleetDeployment, historyOf, MIGRATED_STATUSES } from '@rowhouse/migrations/internal';
import { TransferRefusedError } from '../errors.js';
import { matchTables } from '../home/match-tables.js';
import { referencesOf, withReferred } from '../home/references.js';
import { filteredOf, type HomeTable, nameTwiceIn, tablesOf } from '../home/tables.js';

/** A table of the source, and the one that its rows go to. */
export interface PlannedTable {
  readonly source: HomeTable;
  /** With the columns of the source. */
  readonly target: HomeTable;
  /** It was asked for, and does not only come along because others refer to it. */
  readonly isChosen: boolean;
}

export interface Plan {
  readonly history: readonly string[];
  readonly tables: readonly PlannedTable[];
}

export interface Choice {
  readonly tables?: readonly string[] | undefined;
  readonly withDependencies: boolean;
}

/**
 * @throws {TransferRefusedError} when rows cannot go from the one tenant to the other.
 */
export async function planBetween(
  deployment: FleetDeployment,
  from: Tenant,
  to: Tenant,
  choice: Choice,
): Promise<Plan> {
  requireAboveTenants();
  if (from.id === to.id) throw new TransferRefusedError('Source and target are the same tenant.');
  for (const tenant of [from, to]) requireInService(tenant);
  const source = await homeTablesOf(deployment, from);
  const target = await homeTablesOf(deployment, to);
  requireSameHistory(from, source.history, to, target.history);
  requireUnfiltered(source.tables);
  const chosen = chosenOf(source.tables, choice.tables);
  const references = await referencesOf(await deployment.registry.directPoolFor(from), source.tables);
  const taken = choice.withDependencies ? withReferred([...chosen], references) : chosen;
  const sources = source.tables.filter((_, index) => taken.has(index));
  const { targets, problems } = matchTables(sources, target.tables);
  if (problems.length > 0)
    throw new TransferRefusedError(
      `The tables of the tenant "${to.slug}" are not those of "${from.slug}": ${problems.slice(0, 20).join('; ')}. rowhouse drift shows what was changed without a migration.`,
    );
  return {
    history: source.history,
    tables: sources.map((table, index) => ({
      source: table,
      target: targets[index] as HomeTable,
      isChosen: chosen.has(source.tables.indexOf(table)),
    })),
  };
}

/** @throws {TransferRefusedError} under an operator's entry into a tenant. */
export function requireAboveTenants(): void {
  if (TenantContext.entry())
    throw new TransferRefusedError("Under an operator's entry, no rows go from one tenant to another.");
}

/** @throws {TransferRefusedError} for a tenant whose home is not there, or is not migrated. */
export function requireInService({ slug, status }: Tenant): void {
  if (!(MIGRATED_STATUSES as readonly string[]).includes(status))
    throw new TransferRefusedError(
      `The tenant "${slug}" is ${status}. Rows come from and go to tenants that are active, suspended or in maintenance.`,
    );
}

/** The tables of a tenant as its owner sees them, with the migrations that they have had. */
export async function homeTablesOf(
  deployment: FleetDeployment,
  tenant: Tenant,
): Promise<{ readonly history: readonly string[]; readonly tables: readonly HomeTable[] }> {
  const { history, tables: except } = await historyOf(deployment, tenant);
  const pool = await deployment.registry.directPoolFor(tenant);
  return { history, tables: await tablesOf(pool, tenant, deployment.schemaOf(tenant), except) };
}

function requireSameHistory(
  from: Tenant,
  source: readonly string[],
  to: Tenant,
  target: readonly string[],
): void {
  const differing = [
    ...source.filter((name) => !target.includes(name)),
    ...target.filter((name) => !source.includes(name)),
  ];
  if (differing.length > 0)
    throw new TransferRefusedError(
      `The tables of "${from.slug}" and of "${to.slug}" have not had the same migrations: ${differing.slice(0, 20).join(', ')}. Migrate both first.`,
    );
}

function requireUnfiltered(tables: readonly HomeTable[]): void {
  const filtered = filteredOf(tables);
  if (filtered.length > 0)
    throw new TransferRefusedError(
      `Policies of the application decide which rows of these tables are read: ${filtered.join(', ')}. Drop the policies (DROP POLICY).`,
    );
  const twice = nameTwiceIn(tables);
  if (twice !== undefined)
    throw new TransferRefusedError(
      `The table ${twice} is in two schemas, and tables are matched by their names. Rename one of them.`,
    );
}

/** @throws {TransferRefusedError} for a name that no table has. @returns indexes. */
export function chosenOf(
  tables: readonly { readonly name: string }[],
  names: readonly string[] | undefined,
): ReadonlySet<number> {
  if (!names) return new Set(tables.keys());
  const unknown = names.filter((name) => !tables.some((table) => table.name === name));
  if (unknown.length > 0)
    throw new TransferRefusedError(
      `There are no such tables: ${unknown.join(', ')}. There are: ${tables.map(({ name }) => name).join(', ')}.`,
    );
  return new Set([...tables.keys()].filter((index) => names.includes(tables[index]?.name ?? '')));
}

/** @throws {TransferRefusedError} when the homes were migrated since the plan was made. */
export async function requireUnchanged(
  deployment: FleetDeployment,
  tenants: readonly Tenant[],
  { history }: Pick<Plan, 'history'>,
): Promise<void> {
  for (const tenant of tenants) {
    const { history: now } = await homeTablesOf(deployment, tenant);
    if (String([...now].sort()) !== String([...history].sort()))
      throw new TransferRefusedError(
        `The tables of the tenant "${tenant.slug}" are being migrated. Try again when that has ended.`,
      );
  }
}

/** The tables whose rows a move removes. */
export function chosenSources({ tables }: Plan): readonly HomeTable[] {
  return tables.filter(({ isChosen }) => isChosen).map(({ source }) => source);
}
