import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import type { QueryRunner } from 'typeorm';

/** TypeORM's statement that changes a column to a new enum type, which it renames to the old name afterwards. */
const CHANGE_TYPE = /^ALTER TABLE (.+?) ALTER COLUMN (.+?) TYPE .+?_old"(?:\[\])? USING /;
const DROP_DEFAULT = /ALTER COLUMN .+ DROP DEFAULT$/;
const RENAME_TYPE = /^ALTER TYPE .+ RENAME TO /;

const DEFAULT = `select pg_get_expr(d.adbin, d.adrelid) as expression
  from pg_catalog.pg_attribute a join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attrelid = $1::regclass and quote_ident(a.attname) = any(array[$2, btrim($2, '"')])`;

/**
 * Drops the default of a column before its enum loses values, and sets it again afterwards. TypeORM 1.1 adds a value by
 * `ADD VALUE`, and reverts that in a way that PostgreSQL refuses (42804) if the column has a default.
 *
 * @param runner - connected to a database where the columns have the defaults to restore.
 */
export async function keepingDefaults(
  statements: readonly MigrationStatement[],
  runner: QueryRunner,
): Promise<readonly MigrationStatement[]> {
  const kept: MigrationStatement[] = [];
  let restore: MigrationStatement | undefined;
  for (const statement of statements) {
    const [, table, column] = CHANGE_TYPE.exec(statement.text) ?? [];
    if (table && column && !DROP_DEFAULT.test(kept.at(-1)?.text ?? '')) {
      const [found]: { expression: string }[] = await runner.query(DEFAULT, [table, column]);
      const alter = `ALTER TABLE ${table} ALTER COLUMN ${column}`;
      if (found) {
        kept.push({ text: `${alter} DROP DEFAULT` });
        restore = { text: `${alter} SET DEFAULT ${found.expression}` };
      }
    }
    kept.push(statement);
    if (restore && RENAME_TYPE.test(statement.text)) {
      kept.push(restore);
      restore = undefined;
    }
  }
  return kept;
}
