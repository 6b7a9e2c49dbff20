import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import pg from 'pg';

const { escapeIdentifier: quote } = pg;

/**
 * Makes TypeORM's metadata table first, if the statements write to it. TypeORM makes the table where the entities have views
 * or generated columns. Later entities may have none, and the migration still runs for new tenants.
 */
export function withMetadataTable(
  statements: readonly MigrationStatement[],
  metadataTable: string,
): readonly MigrationStatement[] {
  const writes = new RegExp(`^(?:INSERT INTO|DELETE FROM) ${quote(metadataTable)}`);
  if (!statements.some(({ text }) => writes.test(text))) return statements;
  const columns = ['database', 'schema', 'table', 'name']
    .map((name) => `, ${quote(name)} character varying`)
    .join('');
  const make = `CREATE TABLE IF NOT EXISTS ${quote(metadataTable)} ("type" character varying NOT NULL${columns}, "value" text)`;
  return [{ text: make }, ...statements];
}
