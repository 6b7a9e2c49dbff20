import type { SchemaName } from '@rowhouse/core';
import { schemaNeutral } from './schema-neutral.js';

const schema = 'rowhouse_scratch_1' as SchemaName;

it('replaces the names of schema and database by functions, and keeps all other values', () => {
  const text = `INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES ($1, $2, $3, $4, DEFAULT, $5)`;
  expect(schemaNeutral({ text, values: ['shop', schema, 'shop', 'VIEW', 'shop'] }, schema)).toEqual({
    text: `INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES (current_database(), current_schema(), $1, $2, DEFAULT, $3)`,
    values: ['shop', 'VIEW', 'shop'],
  });
});

it('does the same in DELETE statements', () => {
  const text = `DELETE FROM "typeorm_metadata" WHERE "type" = $1 AND "database" = $2 AND "schema" = $3`;
  expect(schemaNeutral({ text, values: ['VIEW', 'shop', schema] }, schema)).toEqual({
    text: `DELETE FROM "typeorm_metadata" WHERE "type" = $1 AND "database" = current_database() AND "schema" = current_schema()`,
    values: ['VIEW'],
  });
});

it('removes the schema from names, and keeps dollar signs in a text without values', () => {
  const text = `CREATE VIEW "rowhouse_scratch_1"."v" AS SELECT '$1'::rowhouse_scratch_1.state`;
  expect(schemaNeutral({ text }, schema)).toEqual({
    text: `CREATE VIEW "v" AS SELECT '$1'::state`,
    values: [],
  });
});
