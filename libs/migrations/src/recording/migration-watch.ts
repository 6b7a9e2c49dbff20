import { type StatementFacts, type StatementReader } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { MigrationRefusedError } from '../errors.js';
import type { Home } from '../homes/home.js';
import { noteFailedStatement } from './failed-statement.js';

/** TypeORM's `query`, without its overloads. */
export type Query = (
  this: QueryRunner,
  text: string,
  values?: unknown[],
  structured?: boolean,
) => Promise<unknown>;

/** A statement that a migration sent. */
export interface WatchedStatement {
  readonly text: string;
  readonly values: readonly unknown[] | undefined;
  /** `undefined` when PostgreSQL's grammar cannot parse the text. */
  readonly facts: readonly StatementFacts[] | undefined;
  /** Whether the migration has used the result. */
  readonly isResultUsed: () => boolean;
}

export interface WatchOptions {
  readonly reader: StatementReader;
  readonly kind: Home['kind'];
  /** The schema that holds the home's tables. */
  readonly schema: string;
  /** Whether the class sets `transaction = false`. */
  readonly nonTransactional: boolean;
  /** Whether it runs in a transaction. Default: if it is not non-transactional. */
  readonly isInTransaction?: boolean;
  readonly onStatement?: (statement: WatchedStatement) => void;
}

/** Schemas outside the home that a migration may change, because they belong to the session. */
const OWN_SCHEMAS = new Set(['pg_temp']);

/**
 * Checks each statement that a migration sends through a query runner, and refuses those that would change something
 * outside the home. The returned function stops watching.
 */
export function watch(runner: QueryRunner, options: WatchOptions): () => void {
  const query: Query = runner.query;
  const stream = runner.stream;
  let sent = 0;
  const watched: Query = async function watched(text, values, structured) {
    const facts = await checked(text, options);
    const before = sent;
    sent += facts?.length ?? 1;
    const answer = await query.call(this, text, values, structured).catch((error: unknown) => {
      noteFailedStatement(error, { text, facts, before });
      throw error;
    });
    const { value, isResultUsed } = observed(answer);
    options.onStatement?.({ text, values, facts, isResultUsed });
    return value;
  };
  runner.query = watched as QueryRunner['query'];
  runner.stream = async function watched(this: QueryRunner, text: string, ...rest) {
    const facts = await checked(text, options);
    options.onStatement?.({ text, values: rest[0], facts, isResultUsed: () => true });
    return stream.call(this, text, ...rest);
  } as QueryRunner['stream'];
  return () => {
    runner.query = query as QueryRunner['query'];
    runner.stream = stream;
  };
}

/**
 * The facts of a text that a migration may send.
 *
 * @returns `undefined` when PostgreSQL's grammar cannot parse the text.
 */
async function checked(text: string, options: WatchOptions): Promise<readonly StatementFacts[] | undefined> {
  const { statements, isKnown } = await options.reader.read(text);
  for (const statement of statements) refuse(statement, options);
  return isKnown ? statements : undefined;
}

/** @throws {MigrationRefusedError} with a message that says what to do. */
function refuse(
  facts: StatementFacts,
  { kind: home, schema, nonTransactional, isInTransaction = !nonTransactional }: WatchOptions,
): void {
  const { transaction, pinnedSetting, kind, isConcurrent } = facts;
  if (transaction && isInTransaction && !isNested(transaction)) {
    throw new MigrationRefusedError(
      'The migration begins or ends a transaction, but each home is migrated in one transaction. Remove BEGIN, COMMIT and ROLLBACK ' +
        '(queryRunner.startTransaction() makes a savepoint), or set `transaction = false` on the class.',
    );
  }
  if (pinnedSetting !== undefined) {
    const what = pinnedSetting === '' ? 'a setting that is named by no constant' : `"${pinnedSetting}"`;
    throw new MigrationRefusedError(
      `The migration sets ${what} of its session, and Rowhouse controls the search path, the role, the tenant and how texts are read. ` +
        'Remove the statement: names without a schema resolve to the home that is migrated.',
    );
  }
  if (isConcurrent && !nonTransactional) {
    throw new MigrationRefusedError(
      'The migration uses CONCURRENTLY, which PostgreSQL refuses inside a transaction. Set `transaction = false` on its class, ' +
        'and move all other statements to another migration.',
    );
  }
  // The following rules are for homes of one tenant: a migration runs once for each of them.
  if (home === 'shared' || home === 'row') return;
  if (kind === 'CreateExtensionStmt' || kind === 'AlterExtensionStmt') {
    throw new MigrationRefusedError(
      'The migration creates or alters an extension. A database has an extension only once, and all tenants share it. ' +
        'Put the statement into a separate migration among `sharedMigrations`.',
    );
  }
  const foreign = facts.targets.find((target) => target.schema !== schema && !OWN_SCHEMAS.has(target.schema));
  if (foreign) {
    throw new MigrationRefusedError(
      `The migration changes the schema "${foreign.schema}" by name, and would do so again for every tenant. Leave the schema out, so that ` +
        "the names refer to the home's own objects (as `rowhouse migration generate` does), or move the statement to `sharedMigrations`.",
    );
  }
}

/** Savepoints, which TypeORM uses for transactions inside a transaction. */
function isNested(transaction: string): boolean {
  return (
    transaction.includes('SAVEPOINT') || transaction === 'TRANS_STMT_RELEASE' || transaction.includes('_TO')
  );
}

/** Wraps a result to detect whether it is used. Reading `then` does not count: promises do that when they resolve. */
function observed(answer: unknown): { value: unknown; isResultUsed: () => boolean } {
  if (typeof answer !== 'object' || answer === null) return { value: answer, isResultUsed: () => false };
  let isUsed = false;
  const value = new Proxy(answer, {
    get(target, field, receiver) {
      if (field !== 'then') isUsed = true;
      return Reflect.get(target, field, receiver);
    },
    has: (target, field) => {
      isUsed = true;
      return Reflect.has(target, field);
    },
    ownKeys: (target) => {
      isUsed = true;
      return Reflect.ownKeys(target);
    },
  });
  return { value, isResultUsed: () => isUsed };
}
