import type { SqlFacts } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import type { WatchedStatement } from './migration-watch.js';

/** Functions of PostgreSQL whose answer depends on the data, though no table is named. */
const READS_DATA =
  /^(?:nextval|currval|lastval|setval|pg_sequence_last_value|\w+_to_xml\w*|pg_\w*size|ts_stat|txid_\w+|pg_\w*xact\w*)$/;
/** Views and tables of the catalog that show data or activity rather than structure. */
const SHOWS_DATA = /^pg_(?:stat|sequences$|largeobject|locks$|prepared|cursors$)/;
const CATALOGS = new Set(['pg_catalog', 'information_schema']);

/**
 * Why a migration depends on what is in its home, and not only on its structure: it has looked at an answer that tells of
 * more than the catalog. What it looked at in the catalog is the same in all homes that have had the same migrations.
 *
 * @param metadataTable - TypeORM's, which only migrations write to.
 * @returns `undefined` when it does not.
 */
export async function dataDependenceOf(
  statements: readonly WatchedStatement[],
  runner: QueryRunner,
  metadataTable: string,
): Promise<string | undefined> {
  const functions = new Set<string>();
  for (const { facts, isLookedAt, text } of statements) {
    if (!facts) return `PostgreSQL's grammar does not read one of its statements: ${excerptOf(text)}`;
    if (facts.some(({ transaction }) => transaction?.includes('ROLLBACK')))
      return 'it rolls back to a savepoint';
    if (!isLookedAt()) continue;
    if (facts.some((fact) => !readsStructureOnly(fact, metadataTable)))
      return `it goes on from what it read in the home: ${excerptOf(text)}`;
    for (const fact of facts) for (const name of fact.functions) functions.add(name);
  }
  const own = await unknownTo(runner, [...functions]);
  return own.length > 0 ? `it goes on from the answer of ${own.join(', ')}()` : undefined;
}

function readsStructureOnly({ kind, tables, functions }: SqlFacts, metadataTable: string): boolean {
  if (kind !== 'SelectStmt' && kind !== 'VariableShowStmt') return false;
  if (functions.some((name) => READS_DATA.test(name.replace(/^pg_catalog\./, '')))) return false;
  return tables.every(({ schema, table }) => {
    if (table === metadataTable) return true;
    if (SHOWS_DATA.test(table)) return false;
    return schema === undefined ? table.startsWith('pg_') : CATALOGS.has(schema);
  });
}

/** Those functions that are not PostgreSQL's own. */
async function unknownTo(runner: QueryRunner, names: readonly string[]): Promise<readonly string[]> {
  const plain = names.map((name) => name.replace(/^pg_catalog\./, ''));
  if (plain.length === 0) return [];
  const rows: { proname: string }[] = await runner.query(
    `select distinct proname::text from pg_catalog.pg_proc
      where pronamespace = 'pg_catalog'::pg_catalog.regnamespace and proname = any($1)`,
    [plain],
  );
  const known = new Set(rows.map(({ proname }) => proname));
  return plain.filter((name) => !known.has(name));
}

function excerptOf(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
