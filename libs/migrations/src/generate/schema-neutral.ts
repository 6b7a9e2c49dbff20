import type { SchemaName } from '@rowhouse/core';
import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import { withoutSchema } from '../recording/migration-recorder.js';

/**
 * Converts a statement to a form that can run in any home. It removes the schema from object names, so that the search path
 * finds them. Where TypeORM stores the names of schema and database, for views and generated columns, it uses
 * `current_schema()` and `current_database()`.
 *
 * @param schema - the scratch schema of the statement. Its random name occurs nowhere else.
 */
export function schemaNeutral(
  { text, values = [] }: MigrationStatement,
  schema: SchemaName,
): MigrationStatement {
  const ofDatabase = placeOfDatabase(text);
  const kept: unknown[] = [];
  const places = values.map((value, index) => {
    if (value === schema) return 'current_schema()';
    if (value !== null && `$${index + 1}` === ofDatabase) return 'current_database()';
    kept.push(value);
    return `$${kept.length}`;
  });
  const placed =
    places.length === 0 ? text : text.replace(/\$(\d+)/g, (all, place) => places[Number(place) - 1] ?? all);
  return { text: withoutSchema(placed, schema), values: kept };
}

const INSERT = /^INSERT INTO .+?\((.+?)\) VALUES \((.+?)\)/;
const CONDITION = /"database" = (\$\d+)/;

/** The parameter for the database name, in TypeORM's INSERT and DELETE statements for its metadata table. */
function placeOfDatabase(text: string): string | undefined {
  const [, columns, values] = INSERT.exec(text) ?? [];
  if (!columns || !values) return CONDITION.exec(text)?.[1];
  return values.split(', ')[columns.split(', ').indexOf('"database"')];
}
