import { type SqlFacts, type SqlReader } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { MigrationRefusedError } from '../errors.js';
import type { Home } from '../homes/home.js';

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
  /** `undefined` when PostgreSQL's grammar does not read it. */
  readonly facts: readonly SqlFacts[] | undefined;
  /** Whether the migration has looked at the answer. */
  readonly isLookedAt: () => boolean;
}

export interface WatchOptions {
  readonly reader: SqlReader;
  readonly kind: Home['kind'];
  /** The schema that holds the home's tables. */
  readonly schema: string;
  /** Whether the migration may begin and end transactions itself. */
  readonly nonTransactional: boolean;
  /** Whether it is run in a transaction all the same. Default: unless it runs alone. */
  readonly isInTransaction?: boolean;
  readonly onStatement?: (statement: WatchedStatement) => void;
}

/** Schemas where a migration may do as it likes: they are the session's own. */
const OWN_SCHEMAS = new Set(['pg_temp']);

/**
 * Looks at each statement that a migration sends through a query runner, and refuses what would not stay in the home it is
 * run for. Ends with the function that is returned.
 */
export function watch(runner: QueryRunner, options: WatchOptions): () => void {
  const query: Query = runner.query;
  const stream = runner.stream;
  const watched: Query = async function watched(text, values, structured) {
    const facts = options.reader.read(text);
    for (const fact of facts ?? []) refuse(fact, options);
    const answer = await query.call(this, text, values, structured);
    const { value, isLookedAt } = observed(answer);
    options.onStatement?.({ text, values, facts, isLookedAt });
    return value;
  };
  runner.query = watched as QueryRunner['query'];
  runner.stream = function watched(this: QueryRunner, text: string, ...rest) {
    const facts = options.reader.read(text);
    for (const fact of facts ?? []) refuse(fact, options);
    options.onStatement?.({ text, values: rest[0], facts, isLookedAt: () => true });
    return stream.call(this, text, ...rest);
  } as QueryRunner['stream'];
  return () => {
    runner.query = query as QueryRunner['query'];
    runner.stream = stream;
  };
}

/** @throws {MigrationRefusedError} with the remedy. */
function refuse(
  facts: SqlFacts,
  { kind: home, schema, nonTransactional, isInTransaction = !nonTransactional }: WatchOptions,
): void {
  const { transaction, changesPin, kind, isConcurrent } = facts;
  if (transaction && isInTransaction && !isNested(transaction)) {
    throw new MigrationRefusedError(
      'The migration begins or ends a transaction, and each home is migrated in one of its own. Leave BEGIN, COMMIT and ROLLBACK ' +
        'out (queryRunner.startTransaction() becomes a savepoint), or set `transaction = false` on the class.',
    );
  }
  if (changesPin) {
    throw new MigrationRefusedError(
      "The migration sets the path, the role or the tenant of its session, which are Rowhouse's. Leave the statement out: " +
        'names without a schema are found in the home that is migrated.',
    );
  }
  if (isConcurrent && !nonTransactional) {
    throw new MigrationRefusedError(
      'The migration says CONCURRENTLY, which PostgreSQL refuses inside a transaction. Set `transaction = false` on its class, ' +
        'and let it hold nothing else.',
    );
  }
  // Only what is one tenant's alone can be done once for each tenant.
  if (home === 'shared' || home === 'row') return;
  if (kind === 'CreateExtensionStmt' || kind === 'AlterExtensionStmt') {
    throw new MigrationRefusedError(
      "The migration makes an extension, which a database has once: made by one tenant's migration, it would go with that tenant. " +
        'Put it into a migration of its own among `sharedMigrations`.',
    );
  }
  const foreign = facts.targets.find((target) => target.schema !== schema && !OWN_SCHEMAS.has(target.schema));
  if (foreign) {
    throw new MigrationRefusedError(
      `The migration changes the schema "${foreign.schema}" by name, for every tenant again. Leave the schema out, so that the home's own ` +
        'objects are meant (`rowhouse migration generate` writes it so), or put what is for all tenants into `sharedMigrations`.',
    );
  }
}

/** TypeORM's transactions inside of ours. */
function isNested(transaction: string): boolean {
  return (
    transaction.includes('SAVEPOINT') || transaction === 'TRANS_STMT_RELEASE' || transaction.includes('_TO')
  );
}

/** The answer, and whether anybody has taken a look at it. A promise that hands it on asks for `then` only. */
function observed(answer: unknown): { value: unknown; isLookedAt: () => boolean } {
  if (typeof answer !== 'object' || answer === null) return { value: answer, isLookedAt: () => false };
  let looked = false;
  const value = new Proxy(answer, {
    get(target, field, receiver) {
      if (field !== 'then') looked = true;
      return Reflect.get(target, field, receiver);
    },
    has: (target, field) => {
      looked = true;
      return Reflect.has(target, field);
    },
    ownKeys: (target) => {
      looked = true;
      return Reflect.ownKeys(target);
    },
  });
  return { value, isLookedAt: () => looked };
}
