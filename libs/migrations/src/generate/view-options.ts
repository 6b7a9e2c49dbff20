import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import type { QueryRunner } from 'typeorm';

const CREATE_VIEW = /^CREATE VIEW (.+?) AS /;

const IS_INVOKER = `select from pg_catalog.pg_class c
  where c.oid = pg_catalog.to_regclass($1) and c.reloptions && array['security_invoker=true', 'security_invoker=on']`;

/**
 * Gives a view that is made again the option `security_invoker` that it has now. TypeORM drops and creates a view to change
 * it, and knows of no options.
 *
 * @param runner - connected to a database where the views have the option to restore.
 */
export async function keepingInvokers(
  statements: readonly MigrationStatement[],
  runner: QueryRunner,
): Promise<readonly MigrationStatement[]> {
  const kept: MigrationStatement[] = [];
  for (const statement of statements) {
    kept.push(statement);
    const [, view] = CREATE_VIEW.exec(statement.text) ?? [];
    if (view && (await runner.query(IS_INVOKER, [view])).length > 0)
      kept.push({ text: `ALTER VIEW ${view} SET (security_invoker = true)` });
  }
  return kept;
}
