import { isElsewhere, isTransientLockError, lockKeyOf, type ScriptStatement } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { MigrationFailedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, type History, hashOf, historyAfter } from '../homes/history.js';
import type { Home } from '../homes/home.js';
import { setHistoryStatement } from '../homes/home-ledger.js';
import type { Migration } from '../homes/migration-set.js';
import { inRunnerTransaction, type OpenHome, ownHistory } from '../homes/open-home.js';
import { type RecordedMigration, record, recordWork } from '../recording/migration-recorder.js';
import type { RecordedChange } from '../recording/script-samples.js';
import { HistoryChangedError, HomeBusyError } from './migration-errors.js';
import { makeIndexesAtOnce, repeatIndexes } from './repeatable-indexes.js';

export interface ClassMigration {
  readonly change: Change;
  readonly migrations: readonly Migration[];
  /** Milliseconds. */
  readonly lockTimeoutMs: number;
  /** Statements on the catalog. They run in the transaction of the last migration; for a home in another database, after it. */
  readonly alongside: readonly ScriptStatement[];
}

interface LockedMigration extends ClassMigration {
  /** Whether the process holds the home's lock. Otherwise each transaction takes it. */
  readonly isLocked: boolean;
}

/** Migrates a home by running each migration class, as TypeORM does. Consecutive transactional migrations share a transaction. */
export class ClassMigrator {
  readonly #deployment: Pick<FleetDeployment, 'catalog' | 'ledger' | 'reader' | 'registry'>;

  constructor(deployment: Pick<FleetDeployment, 'catalog' | 'ledger' | 'reader' | 'registry'>) {
    this.#deployment = deployment;
  }

  /**
   * @returns the recorded statements of the change.
   * @throws {HomeBusyError} when another process holds the home's lock.
   */
  async migrate(open: OpenHome, work: ClassMigration): Promise<RecordedChange> {
    const { home } = open;
    // A transaction in the catalog's database holds the lock itself. Several transactions, and those in another database, need
    // one that lasts as long as they do.
    if (!isElsewhere(home.tenant) && !work.migrations.some(({ nonTransactional }) => nonTransactional))
      return this.#inParts(open, { ...work, isLocked: false });
    const locked = await this.#deployment.catalog.whileLocked(lockKeyOf('home', home.id), (lost) =>
      this.#inParts(open, { ...work, isLocked: true }, lost),
    );
    if (!locked) throw new HomeBusyError(home.label);
    return locked.result;
  }

  async #inParts(open: OpenHome, work: LockedMigration, lost?: AbortSignal): Promise<RecordedChange> {
    const parts = transactionParts(work.migrations);
    const done: RecordedChange[] = [];
    let { base } = work.change;
    for (const [index, migrations] of parts.entries()) {
      lost?.throwIfAborted();
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
  async #part(open: OpenHome, work: LockedMigration): Promise<RecordedChange> {
    const { runner, home, tables } = open;
    const { change, migrations, alongside } = work;
    const after = historyAfter(change.base, change);
    await this.#deployment.ledger.saveHistories([after]);
    const notes = tables.recordStatements(change.direction, migrations);
    const catalogStatements = [setHistoryStatement(home, after), ...alongside];
    const isOtherDatabase = isElsewhere(home.tenant);

    const recorded = await inOwnTransaction(runner, work, home.id, async () => {
      const { hasCitus } = await this.#require(open, work);
      const done = await this.#run(open, work, hasCitus);
      await sendAll(runner, isOtherDatabase ? notes : [...notes, ...catalogStatements]);
      return done;
    });
    if (isOtherDatabase) await this.#deployment.ledger.run(catalogStatements);
    return recorded;
  }

  /** @throws {HistoryChangedError} when the home's history is not the one that the change starts from. */
  async #require(
    { home, runner, tables }: OpenHome,
    { change, migrations }: ClassMigration,
  ): Promise<{ readonly hasCitus: boolean }> {
    const { history, has } = await tables.read(runner);
    if (hashOf(ownHistory(home, history)) !== hashOf(change.base)) throw new HistoryChangedError(home.label);
    const missing = [false, true].filter(
      (isShared) =>
        !(isShared ? has.shared : has.own) && migrations.some((migration) => migration.isShared === isShared),
    );
    for (const isShared of missing) await tables.make(runner, { isShared });
    if (missing.length > 0)
      await sendAll(runner, this.#deployment.registry.homes.readOnlyStatements(home.tenant));
    return { hasCitus: has.citus };
  }

  async #run(
    open: OpenHome,
    { migrations, change }: ClassMigration,
    hasCitus: boolean,
  ): Promise<RecordedChange> {
    const { home, schema, runner, dataSource, tables } = open;
    const { metadataTableName: metadataTable } = dataSource;
    const reader = await this.#deployment.reader();
    const where = { reader, kind: home.kind, schema, metadataTable, hasCitus };
    const needsMetadata = change.direction === 'up' && migrations.some(({ isShared }) => !isShared);
    const prelude = needsMetadata ? await recordWork(runner, where, () => tables.makeMetadata(runner)) : [];
    const recorded: RecordedMigration[] = [];
    for (const migration of migrations) {
      const end = migration.nonTransactional
        ? await this.#beginNonTransactional(open, change.base, migration)
        : undefined;
      try {
        recorded.push(
          await record(runner, migration, change.direction, { ...where, kind: kindOf(home, migration) }),
        );
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
    const isNew = home.tenant?.status === 'provisioning';
    if (!isRepeated && !isNew) return undefined;
    const reader = await this.#deployment.reader();
    const ends = [
      ...(isNew ? [makeIndexesAtOnce(runner, reader)] : []),
      ...(isRepeated ? [repeatIndexes(runner, reader, schema)] : []),
    ];
    return () => {
      for (const end of ends.reverse()) end();
    };
  }
}

/** A tenant's own database has shared tables and extensions of its own, which shared migrations make there. */
function kindOf({ kind }: Home, { isShared }: Migration): Home['kind'] {
  return isShared ? 'shared' : kind;
}

async function inOwnTransaction<T>(
  runner: QueryRunner,
  { migrations, lockTimeoutMs, isLocked }: LockedMigration,
  homeId: string,
  work: () => Promise<T>,
): Promise<T> {
  if (migrations.some(({ nonTransactional }) => nonTransactional)) return work();
  return inRunnerTransaction(runner, async () => {
    await runner.query(`set local lock_timeout = ${Math.round(lockTimeoutMs)}`);
    if (!isLocked) await runner.query('select rowhouse.lock_until_commit($1)', [lockKeyOf('home', homeId)]);
    return work();
  });
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
