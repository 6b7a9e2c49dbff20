/** A statement of a migration, as TypeORM runs it. */
export interface MigrationStatement {
  readonly text: string;
  /** Values that JSON can hold. */
  readonly values?: readonly unknown[] | undefined;
}

export interface MigrationSource {
  /** Ends in the time stamp. */
  readonly className: string;
  /** The comment of its class. */
  readonly comment?: string | undefined;
  readonly up: readonly MigrationStatement[];
  /** Run after `up`, only where many tenants share the tables: foreign keys to `rowhouse.tenants`. */
  readonly upWithCatalog?: readonly MigrationStatement[];
  readonly down: readonly MigrationStatement[];
}

const NAME = /^[A-Za-z_]\w*$/;
/** TypeORM reads the last 13 characters of a migration's name as milliseconds since 1970. */
const TIMESTAMP = /^\d{13}$/;

/**
 * The name of a migration's class.
 *
 * @throws {TypeError} for a name or a time stamp TypeORM would not accept.
 */
export function migrationClassName(name: string, timestamp: number): string {
  if (!NAME.test(name)) throw new TypeError(`name: "${name}" is no name of a class.`);
  if (!TIMESTAMP.test(String(timestamp)))
    throw new TypeError(`timestamp: expected milliseconds since 1970, got ${timestamp}.`);
  return `${name}${timestamp}`;
}

/** The TypeScript source of an ordinary TypeORM migration. */
export function migrationSource({
  className,
  comment,
  up,
  upWithCatalog = [],
  down,
}: MigrationSource): string {
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';
${comment === undefined ? '' : `\n/** ${comment} */`}
export class ${className} implements MigrationInterface {
  name = '${className}';

  async up(queryRunner: QueryRunner): Promise<void> {
${[...up.map((statement) => execute(statement, '    ')), ...catalogBlock(upWithCatalog)].join('\n')}
  }

  async down(queryRunner: QueryRunner): Promise<void> {
${down.map((statement) => execute(statement, '    ')).join('\n')}
  }
}
`;
}

/** The migration looks for the catalog only outside of a tenant, because a tenant's role has no access to it. */
function catalogBlock(statements: readonly MigrationStatement[]): readonly string[] {
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
    ...statements.map((statement) => execute(statement, '      ')),
    '    }',
  ];
}

function execute({ text, values = [] }: MigrationStatement, indent: string): string {
  const parameters = values.length === 0 ? '' : `, ${JSON.stringify(values)}`;
  return `${indent}await queryRunner.query(\`${text.replace(/[\\`]|\$\{/g, '\\$&')}\`${parameters});`;
}
