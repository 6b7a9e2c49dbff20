import type { StatementFacts, StatementReader } from '@rowhouse/core/internal';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import type { Query } from '../recording/migration-watch.js';

const { escapeIdentifier: quote } = pg;

/**
 * Makes it possible to repeat an interrupted migration that creates and drops indexes CONCURRENTLY. It skips statements
 * that the first attempt completed, and rebuilds an index that it left invalid (manual, CREATE INDEX, "Building Indexes
 * Concurrently"). The returned function removes this behaviour from the runner.
 *
 * @param schema - of the home.
 */
export function repeatIndexes(runner: QueryRunner, reader: StatementReader, schema: string): () => void {
  const query: Query = runner.query;
  const send = query.bind(runner);
  const repeating: Query = async (text, values, structured) => {
    const [facts, ...others] = (await reader.read(text)).statements;
    const isDone = facts && others.length === 0 && facts.isConcurrent && (await isEnded(send, facts, schema));
    return isDone ? [] : send(text, values, structured);
  };
  runner.query = repeating as QueryRunner['query'];
  return () => {
    runner.query = query as QueryRunner['query'];
  };
}

/**
 * In a new home nobody waits for an index. CONCURRENTLY would wait for all snapshots of the database that were there before, and that may
 * be one whose holder waits for the home: a clone reads its source in one. The returned function removes this behaviour from the runner.
 */
export function makeIndexesAtOnce(runner: QueryRunner, reader: StatementReader): () => void {
  const query: Query = runner.query;
  const send = query.bind(runner);
  const atOnce: Query = async (text, values, structured) => {
    const [facts, ...others] = (await reader.read(text)).statements;
    const isConcurrent = facts?.isConcurrent && others.length === 0;
    return send(isConcurrent ? text.replace(/\bconcurrently\b/i, '') : text, values, structured);
  };
  runner.query = atOnce as QueryRunner['query'];
  return () => {
    runner.query = query as QueryRunner['query'];
  };
}

async function isEnded(
  send: (text: string, values?: unknown[]) => Promise<unknown>,
  { kind, names }: StatementFacts,
  schema: string,
): Promise<boolean> {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) return false;
  const rows = (await send(
    `select i.indisvalid as valid from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
      where c.relname = $1 and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $2)`,
    [name, schema],
  )) as { valid: boolean }[];
  const [index] = rows;
  if (kind === 'DropStmt') return index === undefined;
  if (kind !== 'IndexStmt' || !index) return false;
  if (!index.valid) await send(`drop index concurrently ${quote(schema)}.${quote(name)}`);
  return index.valid;
}
