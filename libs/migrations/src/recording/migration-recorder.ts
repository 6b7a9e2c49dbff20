import { ROW_POLICIES, type ScriptStatement, type StatementReader } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import type { Home } from '../homes/home.js';
import type { Migration } from '../homes/migration-set.js';
import { dataDependenceOf } from './data-dependence.js';
import { type Query, type WatchedStatement, watch } from './migration-watch.js';

/** A placeholder in scripts for the name of the home's schema. */
export const HOME_SCHEMA = Symbol('the schema of the home');

/** The recorded statements of one migration. */
export interface RecordedMigration {
  readonly migration: Migration;
  /** Its statements, in a form that runs in any home with the same history. */
  readonly script: readonly ScriptStatement[];
  /** Why its class must run for each home; `undefined` when the script does the same. */
  readonly dataDependence: string | undefined;
}

export interface RecordedHome {
  readonly reader: StatementReader;
  readonly kind: Home['kind'];
  /** The schema that holds the home's tables. */
  readonly schema: string;
  /** TypeORM's metadata table, for views and generated columns. */
  readonly metadataTable: string;
  /** Nobody uses the home yet, so CONCURRENTLY is removed from statements and all of them run in a transaction. */
  readonly isNew?: boolean;
  /** Whether the database is one of Citus, which takes other policies in the schemas of tenants. Default: false. */
  readonly hasCitus?: boolean;
}

/**
 * Runs a migration class and records its statements.
 *
 * @throws what the migration throws; {@link MigrationRefusedError} when it would change something outside its home.
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

/** Like {@link record}, but does not find out whether the migration depends on data. @returns the statements as they were sent. */
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

/** Runs work that is not a migration, and records its statements. */
export async function recordWork(
  runner: QueryRunner,
  home: RecordedHome,
  work: () => Promise<void>,
): Promise<readonly ScriptStatement[]> {
  return scriptOf(await watched(runner, home, false, work), home);
}

async function watched(
  runner: QueryRunner,
  { reader, kind, schema, isNew = false, hasCitus = false }: Omit<RecordedHome, 'metadataTable'>,
  nonTransactional: boolean,
  work: () => Promise<unknown>,
): Promise<readonly WatchedStatement[]> {
  const statements: WatchedStatement[] = [];
  const query = runner.query;
  if (isNew && nonTransactional) runner.query = queryWithoutConcurrently(runner);
  if (kind === 'schema' && hasCitus) runner.query = queryWithPoliciesForWorkers(runner);
  if (kind === 'shared' || kind === 'row') runner.query = queryKeepingExtensions(runner, reader);
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

/** Leaves out queries that only read, and savepoints, because a script is rolled back as a whole. */
function scriptOf(
  statements: readonly WatchedStatement[],
  { schema, kind, hasCitus = false }: RecordedHome,
): ScriptStatement[] {
  const adapt = kind === 'schema' && hasCitus ? withPoliciesForWorkers : (text: string) => text;
  return statements
    .filter((statement) => !isRead(statement) && !isSavepoint(statement))
    .map(({ text, values, facts }) => ({
      text: adapt(
        withoutSchema(facts?.some((fact) => fact.isConcurrent) ? withoutConcurrently(text) : text, schema),
      ),
      values: values?.map((value) => (value === schema ? HOME_SCHEMA : value)),
    }));
}

function isRead({ facts, isResultUsed }: WatchedStatement): boolean {
  return isResultUsed() && facts?.every(({ kind }) => kind === 'SelectStmt') === true;
}

function isSavepoint({ facts }: WatchedStatement): boolean {
  return facts?.every(({ transaction }) => transaction !== undefined) === true;
}

/**
 * Removes the home's schema name from the front of object names. TypeORM writes it before enums and before tables it has
 * read. Without it, the path leads to the objects in any home.
 */
export function withoutSchema(text: string, schema: string): string {
  return text.replaceAll(new RegExp(`(?<![\\w$".])(?:"${schema}"|${schema})\\.`, 'g'), '');
}

/** CONCURRENTLY is not allowed in transactions. On empty tables the same statement without it gives the same result. */
const CONCURRENTLY = /\b(index|table|schema|database)\s+concurrently\b|\(\s*concurrently\s*\)/i;

export function withoutConcurrently(text: string): string {
  return text.replace(CONCURRENTLY, (_match, noun?: string) => noun ?? '');
}

function queryWithoutConcurrently(runner: QueryRunner): QueryRunner['query'] {
  const query: Query = runner.query;
  const adapted: Query = function adapted(text, values, structured) {
    return query.call(this, withoutConcurrently(text), values, structured);
  };
  return adapted as QueryRunner['query'];
}

/** The policies of `@TenantEntity()` classes, in a form that Citus takes and its workers can judge. */
function withPoliciesForWorkers(text: string): string {
  return text.replaceAll(ROW_POLICIES.isOwnRow, () => ROW_POLICIES.isOwnRowOnWorkers);
}

function queryWithPoliciesForWorkers(runner: QueryRunner): QueryRunner['query'] {
  const query: Query = runner.query;
  const adapted: Query = function adapted(text, values, structured) {
    return query.call(this, withPoliciesForWorkers(text), values, structured);
  };
  return adapted as QueryRunner['query'];
}

const CREATE_EXTENSION = /\bcreate\s+extension\s+(?!if\s+not\s+exists\b)/gi;

/**
 * An extension that is there already is no error. The application's data source makes those that entities need, and a tenant's
 * own database begins with those of the main one, before any migration runs.
 */
function queryKeepingExtensions(runner: QueryRunner, reader: StatementReader): QueryRunner['query'] {
  const query: Query = runner.query;
  const adapted: Query = async function adapted(text, values, structured) {
    const { statements } = await reader.read(text);
    const makesExtension = statements.some(({ kind }) => kind === 'CreateExtensionStmt');
    const kept = makesExtension ? text.replaceAll(CREATE_EXTENSION, 'create extension if not exists ') : text;
    return query.call(this, kept, values, structured);
  };
  return adapted as QueryRunner['query'];
}

/** Whether two scripts have the same statements and values. */
export function isSameScript(one: readonly ScriptStatement[], other: readonly ScriptStatement[]): boolean {
  const toText = (script: readonly ScriptStatement[]) =>
    JSON.stringify(script, (_key, value: unknown) =>
      typeof value === 'symbol' || typeof value === 'bigint' ? String(value) : value,
    );
  return toText(one) === toText(other);
}

/** Fills in the name of the home's schema. */
export function scriptFor(
  script: readonly ScriptStatement[],
  { schema }: { readonly schema: string },
): readonly ScriptStatement[] {
  return script.map(({ text, values }) => ({
    text,
    values: values?.map((value) => (value === HOME_SCHEMA ? schema : value)),
  }));
}
