import type { StatementFacts } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { excerptOf } from './excerpt.js';
import type { WatchedStatement } from './migration-watch.js';

/** PostgreSQL functions whose result depends on data, although the statement names no table. */
const READS_DATA =
  /^(?:nextval|currval|lastval|setval|pg_sequence_last_value|\w+_to_xml\w*|pg_\w*size|ts_stat|txid_\w+|pg_\w*xact\w*)$/;
/** Views and tables of PostgreSQL's catalog that show data or activity, not structure. */
const SHOWS_DATA = /^pg_(?:stat|sequences$|largeobject|locks$|prepared|cursors$)/;
const CATALOGS = new Set(['pg_catalog', 'information_schema']);

/**
 * Finds out why a migration depends on the data of its home and not only on the structure. It does if it used the result of
 * a query that reads more than PostgreSQL's catalog. Homes with the same history have the same structure, so catalog
 * queries give the same result in all of them.
 *
 * @param metadataTable - TypeORM's metadata table. Only migrations write to it, so it counts as structure.
 * @returns the reason, as a clause of a sentence; `undefined` if the migration does not depend on data.
 */
export async function dataDependenceOf(
  statements: readonly WatchedStatement[],
  runner: QueryRunner,
  metadataTable: string,
): Promise<string | undefined> {
  const functions = new Set<string>();
  for (const { facts, isResultUsed, text } of statements) {
    if (!facts) return `one of its statements cannot be parsed: ${excerptOf(text)}`;
    if (facts.some(({ transaction }) => transaction?.includes('ROLLBACK')))
      return 'it rolls back to a savepoint';
    if (!isResultUsed()) continue;
    if (facts.some((fact) => !readsStructureOnly(fact, metadataTable)))
      return `it uses what it read in the home: ${excerptOf(text)}`;
    for (const name of facts.flatMap((fact) => fact.functions)) functions.add(unqualified(name));
  }
  const own = await unknownTo(runner, [...functions]);
  return own.length > 0 ? `it uses the result of ${own.join(', ')}()` : undefined;
}

function readsStructureOnly({ kind, tables, functions }: StatementFacts, metadataTable: string): boolean {
  if (kind !== 'SelectStmt' && kind !== 'VariableShowStmt') return false;
  if (functions.some((name) => READS_DATA.test(unqualified(name)))) return false;
  return tables.every(({ schema, table }) => {
    if (table === metadataTable) return true;
    if (SHOWS_DATA.test(table)) return false;
    return schema === undefined ? table.startsWith('pg_') : CATALOGS.has(schema);
  });
}

/** Functions of PostgreSQL are named without their schema. */
function unqualified(name: string): string {
  return name.replace(/^pg_catalog\./, '');
}

/** The functions that are not built into PostgreSQL. */
async function unknownTo(runner: QueryRunner, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const rows: { proname: string }[] = await runner.query(
    `select distinct proname::text from pg_catalog.pg_proc
      where pronamespace = 'pg_catalog'::pg_catalog.regnamespace and proname = any($1)`,
    [names],
  );
  const known = new Set(rows.map(({ proname }) => proname));
  return names.filter((name) => !known.has(name));
}
