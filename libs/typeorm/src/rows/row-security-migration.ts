import type { DataSource } from 'typeorm';
import { type MigrationStatement, migrationClassName, migrationSource } from './migration-source.js';
import { type RowSecurityPart, rowSecurityChange } from './row-security.js';
import { findOpenViews } from './row-views.js';
import { findUnsecuredTables } from './table-facts.js';

export interface RowSecurityOptions {
  /** The role of the system context; it must exist where the statements run. Default `rowhouse_system`. */
  readonly systemRole?: string;
  /**
   * Whether the data source is in the home of a single tenant, where no migration makes keys to the catalog. Default
   * false.
   */
  readonly isOwnHome?: boolean;
}

/** The statements that secure the tables of tenant entities, as far as they are still missing. */
export interface MissingRowSecurity {
  readonly up: readonly string[];
  /** Run after `up`, only where many tenants share the tables: foreign keys to `rowhouse.tenants`. */
  readonly upWithCatalog: readonly string[];
  readonly down: readonly string[];
}

/**
 * What the tables of `@TenantEntity()` classes, and the join tables between them, lack in the database that the data
 * source is connected to: the column and its index, the key to the tenant, the policies and their enforcement. A policy
 * of the right name is taken for the right policy. And what views over these tables lack: they have to read them as
 * whoever asks (`security_invoker`).
 *
 * Adding the column to a table that holds rows fails (23502) where many tenants share it, because the tenant of those
 * rows is unknown.
 *
 * @param dataSource - of the owner of the tables, not pinned to a tenant, all migrations run.
 * @returns undefined when nothing is missing.
 * @throws {TenantTableMissingError} when an entity has no table yet.
 */
export async function missingRowSecurity(
  dataSource: DataSource,
  { systemRole, isOwnHome = false }: RowSecurityOptions = {},
): Promise<MissingRowSecurity | undefined> {
  const tables = (await findUnsecuredTables(dataSource, { isOwnHome })).flatMap(({ table, missing }) =>
    missing.map((part) => ({ part, ...rowSecurityChange(part, table, systemRole) })),
  );
  const views = (await findOpenViews(dataSource)).map((change) => ({ part: 'view' as const, ...change }));
  const changes = [...tables, ...views];
  if (changes.length === 0) return undefined;
  const needsCatalog = ({ part }: { part: RowSecurityPart | 'view' }) => part === 'catalogKey';
  return {
    up: changes.filter((change) => !needsCatalog(change)).map(({ up }) => up),
    upWithCatalog: changes.filter(needsCatalog).map(({ up }) => up),
    down: changes.map(({ down }) => down).reverse(),
  };
}

/**
 * The source of an ordinary TypeORM migration with the statements of {@link missingRowSecurity}, to be written to a file
 * and reviewed. It names no schema, so the same file works for the shared tables and for a tenant with a schema or a
 * database of its own.
 *
 * @param name - of the class, to which the time stamp is added.
 * @param timestamp - milliseconds since 1970.
 * @returns undefined when nothing is missing.
 * @throws {TypeError} for a name or a time stamp TypeORM would not accept.
 */
export async function rowSecurityMigration(
  dataSource: DataSource,
  name: string,
  timestamp: number,
  options: RowSecurityOptions = {},
): Promise<string | undefined> {
  const className = migrationClassName(name, timestamp);
  const missing = await missingRowSecurity(dataSource, options);
  if (!missing) return undefined;
  const { up, upWithCatalog, down } = missing;
  return migrationSource({
    className,
    comment: "PostgreSQL's row-level security for the rows of tenants.",
    up: up.map(asStatement),
    upWithCatalog: upWithCatalog.map(asStatement),
    down: down.map(asStatement),
  });
}

function asStatement(text: string): MigrationStatement {
  return { text };
}
