import type { SchemaName } from '@rowhouse/core';
import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import { withoutSchema } from '../recording/migration-recorder.js';

/**
 * The statement as it may run in any home: names without their schema are found by the path, and where the statement writes
 * down the names of schema and database, as TypeORM does for views and generated columns, it asks for those of the home.
 *
 * @param schema - where it was generated: a name that stands for nothing else.
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

/** The parameter that names the database, in what TypeORM writes to its table of metadata and deletes from it. */
function placeOfDatabase(text: string): string | undefined {
  const [, columns, values] = INSERT.exec(text) ?? [];
  if (!columns || !values) return CONDITION.exec(text)?.[1];
  return values.split(', ')[columns.split(', ').indexOf('"database"')];
}
