import { isTransientLockError, lockKeyOf, type ScriptStatement } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { MigrationFailedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, type History, hashOf, historyAfter } from '../homes/history.js';
import { setHistoryStatement } from '../homes/home-ledger.js';
import type { Migration } from '../homes/migration-set.js';
import { inRunnerTransaction, type OpenHome, ownHistory } from '../homes/open-home.js';
import { type RecordedMigration, record, recordWork } from '../recording/migration-recorder.js';
import type { RecordedChange } from '../recording/script-samples.js';
import { HistoryChangedError } from './migration-errors.js';
import { repeatIndexes } from './repeatable-indexes.js';

export interface ClassMigration {
  readonly change: Change;
  readonly migrations: readonly Migration[];
  /** Milliseconds. */
  readonly lockTimeoutMs: number;
  /** Statements on the catalog. They run in the transaction of the last migration; for a home in another database, after it. */
  readonly alongside: readonly ScriptStatement[];
}

/** Migrates a home by running each migration class, as TypeORM does. Consecutive transactional migrations share a transaction. */
export class ClassMigrator {
  readonly #deployment: Pick<FleetDeployment, 'ledger' | 'reader'>;

  constructor(deployment: Pick<FleetDeployment, 'ledger' | 'reader'>) {
    this.#deployment = deployment;
  }

  /** @returns the recorded statements of the change. */
  async migrate(open: OpenHome, work: ClassMigration): Promise<RecordedChange> {
    const parts = transactionParts(work.migrations);
    const { runner, home } = open;
    // A session-level lock covers all transactions of the change. It is released when the connection closes.
    if (work.migrations.some(({ nonTransactional }) => nonTransactional))
      await runner.query('select pg_catalog.pg_advisory_lock($1)', [lockKeyOf('home', home.id)]);

    const done: RecordedChange[] = [];
    let { base } = work.change;
    for (const [index, migrations] of parts.entries()) {
      const change: Change = { ...work.change, base, names: migrations.map(({ name }) => name) };
      const alongside = index === parts.length - 1 ? work.alongside : [];
      done.push(await this.#part(open, { ...work, change, migrations, alongside }));
      base = historyAfter(base, change);
    }
    return {
      prelude: done.flatMap(({ prelude }) => prelude),
      migrations: done.flatMap(({ migrations }) => migrations),
    };
  }

  /** Runs migrations that share a transaction, or one that runs without one. */
  async #part(open: OpenHome, work: ClassMigration): Promise<RecordedChange> {
    const { runner, home, tables } = open;
    const { change, migrations, alongside } = work;
    const after = historyAfter(change.base, change);
    await this.#deployment.ledger.saveHistories([after]);
    const notes = tables.recordStatements(change.direction, migrations);
    const catalogStatements = [setHistoryStatement(home, after), ...alongside];
    const isOtherDatabase = home.kind === 'database';

    const recorded = await inOwnTransaction(runner, work, home.id, async () => {
      await this.#require(open, work);
      const done = await this.#run(open, work);
      await sendAll(runner, isOtherDatabase ? notes : [...notes, ...catalogStatements]);
      return done;
    });
    if (isOtherDatabase) await this.#deployment.ledger.run(catalogStatements);
    return recorded;
  }

  /** @throws {HistoryChangedError} when the home's history is not the one that the change starts from. */
  async #require({ home, runner, tables }: OpenHome, { change, migrations }: ClassMigration): Promise<void> {
    const { history, has } = await tables.read(runner);
    if (hashOf(ownHistory(home, history)) !== hashOf(change.base)) throw new HistoryChangedError(home.label);
    if (!has.own && migrations.some(({ isShared }) => !isShared))
      await tables.make(runner, { isShared: false });
    if (!has.shared && migrations.some(({ isShared }) => isShared))
      await tables.make(runner, { isShared: true });
  }

  async #run(open: OpenHome, { migrations, change }: ClassMigration): Promise<RecordedChange> {
    const { home, schema, runner, dataSource, tables } = open;
    const { metadataTableName: metadataTable } = dataSource;
    const where = { reader: await this.#deployment.reader(), kind: home.kind, schema, metadataTable };
    const needsMetadata = change.direction === 'up' && migrations.some(({ isShared }) => !isShared);
    const prelude = needsMetadata ? await recordWork(runner, where, () => tables.makeMetadata(runner)) : [];
    const recorded: RecordedMigration[] = [];
    for (const migration of migrations) {
      const end = migration.nonTransactional
        ? await this.#beginNonTransactional(open, change.base, migration)
        : undefined;
      try {
        recorded.push(await record(runner, migration, change.direction, where));
      } catch (error) {
        throw isTransientLockError(error) ? error : new MigrationFailedError(migration.name, error);
      } finally {
        end?.();
      }
    }
    return { prelude, migrations: recorded };
  }

  /** An interrupted migration without a transaction leaves partial work. The next attempt repeats it with {@link repeatIndexes}. */
  async #beginNonTransactional(
    { home, runner, schema }: OpenHome,
    base: History,
    { name }: Migration,
  ): Promise<(() => void) | undefined> {
    const isRepeated = await this.#deployment.ledger.begin(home, base, name);
    return isRepeated ? repeatIndexes(runner, await this.#deployment.reader(), schema) : undefined;
  }
}

async function inOwnTransaction<T>(
  runner: QueryRunner,
  { migrations, lockTimeoutMs }: ClassMigration,
  homeId: string,
  work: () => Promise<T>,
): Promise<T> {
  if (migrations.some(({ nonTransactional }) => nonTransactional)) return work();
  return inRunnerTransaction(runner, async () => {
    await sendAll(runner, lockStatements(homeId, lockTimeoutMs));
    return work();
  });
}

/** The first statements of a transaction that changes a home. */
function lockStatements(homeId: string, lockTimeoutMs: number): readonly ScriptStatement[] {
  return [
    { text: `set local lock_timeout = ${Math.round(lockTimeoutMs)}` },
    { text: 'select pg_catalog.pg_advisory_xact_lock($1)', values: [lockKeyOf('home', homeId)] },
  ];
}

async function sendAll(runner: QueryRunner, script: readonly ScriptStatement[]): Promise<void> {
  for (const { text, values } of script) await runner.query(text, [...(values ?? [])]);
}

/** Splits migrations into transactions: consecutive transactional ones together, each non-transactional one alone. */
function transactionParts(migrations: readonly Migration[]): readonly (readonly Migration[])[] {
  const parts: Migration[][] = [];
  let mayJoin = false;
  for (const migration of migrations) {
    if (mayJoin && !migration.nonTransactional) parts.at(-1)?.push(migration);
    else parts.push([migration]);
    mayJoin = !migration.nonTransactional;
  }
  return parts;
}
