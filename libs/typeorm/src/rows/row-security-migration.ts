import type { DataSource } from 'typeorm';
import { type RowSecurityPart, rowSecurityChange } from './row-security.js';
import { findUnsecuredTables } from './table-facts.js';

export interface RowSecurityOptions {
  /** The role of the system context; it must exist where the statements run. Default `rowhouse_system`. */
  readonly systemRole?: string;
}

/** The statements that secure the tables of tenant entities, as far as they are still missing. */
export interface MissingRowSecurity {
  readonly up: readonly string[];
  /** To be run after `up`, only where rows of many tenants stand together: foreign keys to `rowhouse.tenants`. */
  readonly upWithCatalog: readonly string[];
  readonly down: readonly string[];
}

/**
 * What the tables of `@TenantEntity()` classes, and the join tables between them, lack in the database that the data
 * source is connected to: the column and its index, the key to the tenant, the policies and their enforcement. A policy
 * counts as there when one of its name is.
 *
 * Adding the column to a table that holds rows fails (23502) where many tenants share it: nobody knows whose they are.
 *
 * @param dataSource - of the owner of the tables, not pinned to a tenant, all migrations run.
 * @returns undefined when nothing is missing.
 * @throws {TenantTableMissingError} when an entity has no table yet.
 */
export async function missingRowSecurity(
  dataSource: DataSource,
  { systemRole }: RowSecurityOptions = {},
): Promise<MissingRowSecurity | undefined> {
  const changes = (await findUnsecuredTables(dataSource)).flatMap(({ table, missing }) =>
    missing.map((part) => ({ part, ...rowSecurityChange(part, table, systemRole) })),
  );
  if (changes.length === 0) return undefined;
  const needsCatalog = ({ part }: { part: RowSecurityPart }) => part === 'catalogKey';
  return {
    up: changes.filter((change) => !needsCatalog(change)).map(({ up }) => up),
    upWithCatalog: changes.filter(needsCatalog).map(({ up }) => up),
    down: changes.map(({ down }) => down).reverse(),
  };
}

const CLASS_NAME = /^[A-Za-z_]\w*$/;
/** TypeORM reads the last 13 characters of a migration's name as milliseconds since 1970. */
const TIMESTAMP = /^\d{13}$/;

/**
 * The source of an ordinary TypeORM migration with the statements of {@link missingRowSecurity}, to be written to a file
 * and read by whoever reviews it. It names no schema, so the same file secures the shared tables and is right for a
 * tenant that has a schema or a database of its own.
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
  if (!CLASS_NAME.test(name)) throw new TypeError(`name: "${name}" is no name of a class.`);
  if (!TIMESTAMP.test(String(timestamp)))
    throw new TypeError(`timestamp: expected milliseconds since 1970, got ${timestamp}.`);
  const missing = await missingRowSecurity(dataSource, options);
  return missing && migrationSource(`${name}${timestamp}`, missing);
}

function migrationSource(className: string, { up, upWithCatalog, down }: MissingRowSecurity): string {
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** PostgreSQL's row-level security for the rows of tenants. */
export class ${className} implements MigrationInterface {
  name = '${className}';

  async up(queryRunner: QueryRunner): Promise<void> {
${[...up.map((sql) => execute(sql, '    ')), ...catalogBlock(upWithCatalog)].join('\n')}
  }

  async down(queryRunner: QueryRunner): Promise<void> {
${down.map((sql) => execute(sql, '    ')).join('\n')}
  }
}
`;
}

/** The catalog is looked for only outside of a tenant: a tenant's role may not even look. */
function catalogBlock(statements: readonly string[]): readonly string[] {
  if (statements.length === 0) return [];
  return [
    `
    // Where many tenants share these tables, each row belongs to a tenant of the catalog.
    // A run for one tenant, in its own schema or database, needs no such key.
    const [{ catalog }] = await queryRunner.query(
      \`select case when nullif(current_setting('rowhouse.tenant_id', true), '') is null
                   then to_regclass('rowhouse.tenants') end as catalog\`,
    );
    if (catalog) {`,
    ...statements.map((sql) => execute(sql, '      ')),
    '    }',
  ];
}

function execute(sql: string, indent: string): string {
  return `${indent}await queryRunner.query(\`${sql.replace(/[\\`]|\$\{/g, '\\$&')}\`);`;
}
