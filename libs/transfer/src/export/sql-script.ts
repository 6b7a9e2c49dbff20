import pg from 'pg';
import { columnsIn } from '../home/insert-rows.js';
import type { TenantSource } from '../source/tenant-source.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/**
 * The rows of a tenant as a script for psql.
 *
 * @param begins - called when a table begins.
 * @param report - gets each table with its rows when it has ended.
 */
export async function* sqlOf(
  source: TenantSource,
  begins: (table: string) => void,
  report: { name: string; rows: number }[],
): AsyncGenerator<string | Buffer> {
  const { tenant, takenAt, tables } = source.head;
  // Names of tables stand in identifiers only: psql would run what follows a new line in a comment.
  yield `-- The rows of the tenant ${tenant.slug} at ${takenAt}. There is no DDL in this file: make the tables first, empty.
-- Load it into a schema:  PGOPTIONS='-c search_path=my_schema' psql -X -v ON_ERROR_STOP=1 -f this.sql my_database
-- Foreign keys are checked as rows come: tables that others refer to are first. Triggers run.

begin;
set local client_encoding = 'UTF8';
`;
  for (const [index, { name, columns }] of tables.entries()) {
    begins(name);
    yield columns.length > 0 ? `\ncopy ${columnsIn(quote(name), columns)} from stdin;\n` : '\n';
    const { chunks, count } = source.rows(index);
    if (columns.length > 0) {
      yield* chunks;
      yield '\\.\n';
    } else {
      for await (const _ of chunks);
      yield `insert into ${quote(name)} select from pg_catalog.generate_series(1, ${count()});\n`;
    }
    report.push({ name, rows: count() });
  }
  yield '\n';
  for (const { name, lastValue, isCalled } of await source.sequences())
    yield `select pg_catalog.setval(${literal(quote(name))}::pg_catalog.regclass, ${lastValue}, ${isCalled});\n`;
  yield '\ncommit;\n';
}
