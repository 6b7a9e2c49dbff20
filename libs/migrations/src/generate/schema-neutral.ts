import type { SchemaName } from '@rowhouse/core';
import type { MigrationStatement } from '@rowhouse/typeorm';
import { withoutScratchSchema } from '../scratch-home.js';

/** What was true where a statement was generated, and must not be said of the homes it will run in. */
export interface GeneratedIn {
  readonly schema: SchemaName;
  readonly database: string;
}

/**
 * The statement as it may run in any home: names without their schema are found by the path, and where the statement writes
 * down the names of schema and database, as TypeORM does for views and generated columns, it asks for those of the home.
 */
export function schemaNeutral(
  { text, values = [] }: MigrationStatement,
  { schema, database }: GeneratedIn,
): MigrationStatement {
  const kept: unknown[] = [];
  const places = values.map((value) => {
    if (value === schema) return 'current_schema()';
    if (value === database) return 'current_database()';
    kept.push(value);
    return `$${kept.length}`;
  });
  const placed =
    places.length === 0 ? text : text.replace(/\$(\d+)/g, (all, place) => places[Number(place) - 1] ?? all);
  return { text: withoutScratchSchema(placed, { schema }), values: kept };
}
