import type { ScriptStatement, SqlReader } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import type { Home } from '../homes/home.js';
import type { Migration } from '../homes/migration-set.js';
import { dataDependenceOf } from './data-dependence.js';
import { type Query, type WatchedStatement, watch } from './migration-watch.js';

/** Stands in a script for the name of the schema it is run in. */
export const HOME_SCHEMA = Symbol('the schema of the home');

/** What one migration did in a home. */
export interface RecordedMigration {
  readonly migration: Migration;
  /** Its statements, as they may be run in any home with the same history. */
  readonly script: readonly ScriptStatement[];
  /** Why its class must be asked again for each home; `undefined` when the script does the same. */
  readonly dataDependence: string | undefined;
}

export interface RecordedHome {
  readonly reader: SqlReader;
  readonly kind: Home['kind'];
  /** That holds the home's tables. */
  readonly schema: string;
  /** TypeORM's table for views and generated columns. */
  readonly metadataTable: string;
  /** Nobody uses the home yet: what refuses to run in a transaction is run as what does. */
  readonly isNew?: boolean;
}

/**
 * Runs a migration by its class and records what it does.
 *
 * @throws what the migration throws; {@link MigrationRefusedError} when it would not stay in its home.
 */
export async function record(
  runner: QueryRunner,
  migration: Migration,
  direction: 'up' | 'down',
  home: RecordedHome,
): Promise<RecordedMigration> {
  const statements = await run(runner, migration, direction, home);
  const dataDependence = await dataDependenceOf(statements, runner, home.metadataTable);
  return { migration, script: scriptOf(statements, home), dataDependence };
}

/** As {@link record}, without asking what the migration depends on. @returns its statements as they were sent. */
export function run(
  runner: QueryRunner,
  { instance, nonTransactional }: Migration,
  direction: 'up' | 'down',
  home: Omit<RecordedHome, 'metadataTable'>,
): Promise<readonly WatchedStatement[]> {
  return watched(runner, home, nonTransactional, () =>
    direction === 'up' ? instance.up(runner) : instance.down(runner),
  );
}

/** Runs what is no migration, and records its statements. */
export async function recordWork(
  runner: QueryRunner,
  home: RecordedHome,
  work: () => Promise<void>,
): Promise<readonly ScriptStatement[]> {
  return scriptOf(await watched(runner, home, false, work), home);
}

async function watched(
  runner: QueryRunner,
  { reader, kind, schema, isNew = false }: Omit<RecordedHome, 'metadataTable'>,
  nonTransactional: boolean,
  work: () => Promise<unknown>,
): Promise<readonly WatchedStatement[]> {
  const statements: WatchedStatement[] = [];
  const query = runner.query;
  if (isNew && nonTransactional) runner.query = withoutConcurrently(runner);
  const onStatement = (statement: WatchedStatement) => statements.push(statement);
  const end = watch(runner, {
    reader,
    kind,
    schema,
    nonTransactional,
    isInTransaction: isNew || !nonTransactional,
    onStatement,
  });
  try {
    await work();
  } finally {
    end();
    runner.query = query;
  }
  return statements;
}

/** Without what was only read, and without savepoints: a script is undone as a whole. */
function scriptOf(statements: readonly WatchedStatement[], { schema }: RecordedHome): ScriptStatement[] {
  return statements
    .filter((statement) => !isRead(statement) && !isSavepoint(statement))
    .map(({ text, values, facts }) => ({
      text: withoutSchema(facts?.some((fact) => fact.isConcurrent) ? inTransaction(text) : text, schema),
      values: values?.map((value) => (value === schema ? HOME_SCHEMA : value)),
    }));
}

function isRead({ facts, isLookedAt }: WatchedStatement): boolean {
  return isLookedAt() && facts?.every(({ kind }) => kind === 'SelectStmt') === true;
}

function isSavepoint({ facts }: WatchedStatement): boolean {
  return facts?.every(({ transaction }) => transaction !== undefined) === true;
}

/**
 * The text without the name of the home's schema in front of its objects, as TypeORM writes it for enums and for tables it
 * has read. The path leads to the same objects in any home.
 */
export function withoutSchema(text: string, schema: string): string {
  return text.replaceAll(new RegExp(`(?<![\\w$".])(?:"${schema}"|${schema})\\.`, 'g'), '');
}

/** Statements that run as well, on an empty table, without the word that keeps them out of transactions. */
const CONCURRENTLY = /\b(index|table|schema|database)\s+concurrently\b|\(\s*concurrently\s*\)/i;

function inTransaction(text: string): string {
  return text.replace(CONCURRENTLY, (_match, noun?: string) => noun ?? '');
}

function withoutConcurrently(runner: QueryRunner): QueryRunner['query'] {
  const query: Query = runner.query;
  const adapted: Query = function adapted(text, values, structured) {
    return query.call(this, inTransaction(text), values, structured);
  };
  return adapted as QueryRunner['query'];
}

/** Whether the same was done in two homes. */
export function isSameScript(one: readonly ScriptStatement[], other: readonly ScriptStatement[]): boolean {
  const toText = (script: readonly ScriptStatement[]) =>
    JSON.stringify(script, (_key, value: unknown) =>
      typeof value === 'symbol' || typeof value === 'bigint' ? String(value) : value,
    );
  return toText(one) === toText(other);
}

/** A script for one home. */
export function scriptFor(
  script: readonly ScriptStatement[],
  { schema }: { readonly schema: string },
): readonly ScriptStatement[] {
  return script.map(({ text, values }) => ({
    text,
    values: values?.map((value) => (value === HOME_SCHEMA ? schema : value)),
  }));
}
