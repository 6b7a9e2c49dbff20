import { runScript, type ScriptStatement } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import type { Change, ChangeBook } from './change-book.js';
import { type History, hashOf, historyAfter } from './history.js';
import { HistoryTables } from './history-tables.js';
import { type Home, lockKeyOf } from './home.js';
import { type HomeLedger, noteStatement } from './home-ledger.js';
import { isSharedName, type Migration, type MigrationSet } from './migration-set.js';
import { watch } from './migration-watch.js';
import { type RecordedChange, scriptFor } from './recorded-change.js';

export interface HomeMigratorOptions {
  readonly registry: DataSourceRegistry;
  readonly ledger: HomeLedger;
  readonly set: MigrationSet;
  readonly book: ChangeBook;
  /** Where tables are that are in no schema of their tenant's own. */
  readonly homeSchema: string;
}

export interface MigrateHomeOptions {
  /** Milliseconds that each statement waits for a lock at most. */
  readonly lockTimeoutMs: number;
  /** Run in the transaction of the last migration, in the main database; after it, for a home in another. */
  readonly alongside?: readonly ScriptStatement[];
  /** False asks every class, for each home. */
  readonly useScripts: boolean;
}

/** How a home was migrated: by the recorded statements in one batch, or by asking each class. */
export type Method = 'script' | 'classes';

/** The error of `rowhouse.require_history`: somebody has migrated the home meanwhile. */
const MOVED_ON = 'RH001';

/** The home is not what the catalog said: read it again. */
export class HomeMovedOnError extends Error {}

/** A migration failed. Its home is as it was before, but for migrations that run alone. */
export class MigrationFailedError extends Error {
  constructor(
    readonly migration: string,
    cause: unknown,
  ) {
    super(`${migration}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'MigrationFailedError';
  }
}

/** Changes one home at a time: each change is one transaction, under a lock that nobody else has. */
export class HomeMigrator {
  readonly #options: HomeMigratorOptions;

  constructor(options: HomeMigratorOptions) {
    this.#options = options;
  }

  /** What a home has had, as it says itself. */
  async historyOf(home: Home): Promise<History> {
    return this.#withRunner(home, async (runner, tables) =>
      ofKind((await tables.read(runner)).history, home),
    );
  }

  /**
   * Makes a change in a home.
   *
   * @throws {HomeMovedOnError} when the home has not the history that the change begins with.
   * @throws {MigrationFailedError} when a migration fails.
   */
  async migrate(home: Home, change: Change, options: MigrateHomeOptions): Promise<Method> {
    const migrations = this.#options.set.named(change.names);
    const after = historyAfter(change.base, change);
    await this.#options.ledger.learn([after]);
    const recorded = options.useScripts ? await this.#recordedFor(home, change, migrations) : undefined;
    if (recorded) {
      try {
        await this.#byScript(home, change, recorded, options);
        return 'script';
      } catch (error) {
        if (isMovedOn(error)) throw new HomeMovedOnError(home.label, { cause: error });
        if (isLockTrouble(error)) throw error;
        // The home may have a table that others lack: then its classes find out, or say what is wrong.
      }
    }
    await this.#byClasses(home, change, migrations, options);
    return 'classes';
  }

  /** Scripts are for the kind of home they were recorded in; and where all of the change is one. */
  async #recordedFor(
    home: Home,
    change: Change,
    migrations: readonly Migration[],
  ): Promise<RecordedChange | undefined> {
    const isFresh = change.base.length === 0;
    if (home.kind !== 'schema' || isFresh || migrations.some(({ runsAlone }) => runsAlone)) return undefined;
    const recorded = await this.#options.book.recordOf(change);
    return recorded.migrations.some(({ tie }) => tie !== undefined) ? undefined : recorded;
  }

  async #byScript(
    home: Home,
    change: Change,
    recorded: RecordedChange,
    { lockTimeoutMs, alongside = [] }: MigrateHomeOptions,
  ): Promise<void> {
    await this.#withRunner(home, async (runner, tables) => {
      const client = (await runner.connect()) as pg.PoolClient;
      const migrations = recorded.migrations.map(({ migration }) => migration);
      await client.query('begin');
      try {
        await runScript(client, [
          ...lockStatements(home, lockTimeoutMs),
          {
            text: 'select rowhouse.require_history($1, $2)',
            values: [tables.qualified({ isShared: false }), hashOf(change.base)],
          },
          ...recorded.migrations.flatMap(({ script }) => scriptFor(script, home.tenant)),
          ...tables.note(change.direction, migrations),
          noteStatement(home, historyAfter(change.base, change)),
          ...alongside,
        ]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      }
    });
  }

  async #byClasses(
    home: Home,
    change: Change,
    migrations: readonly Migration[],
    options: MigrateHomeOptions,
  ): Promise<void> {
    const parts = inTransactions(migrations);
    const holdsLock = parts.length > 1 || migrations.some(({ runsAlone }) => runsAlone);
    await this.#withRunner(home, async (runner, tables) => {
      // A lock of the session outlives the transactions of the parts; the connection is closed with it.
      if (holdsLock)
        await runner.query('select pg_catalog.pg_advisory_lock($1)', [lockKeyOf('home', home.id)]);
      let base = change.base;
      for (const [index, part] of parts.entries()) {
        const isLast = index === parts.length - 1;
        const step: Change = { base, direction: change.direction, names: part.map(({ name }) => name) };
        await this.#part(home, step, part, runner, tables, isLast ? options : { ...options, alongside: [] });
        base = historyAfter(base, step);
      }
    });
    if (home.kind !== 'schema') await this.#options.registry.homes.repairShared();
  }

  /** Migrations that share a transaction, or one that runs alone. */
  async #part(
    home: Home,
    change: Change,
    migrations: readonly Migration[],
    runner: QueryRunner,
    tables: HistoryTables,
    { lockTimeoutMs, alongside = [] }: MigrateHomeOptions,
  ): Promise<void> {
    const runsAlone = migrations.some((migration) => migration.runsAlone);
    const after = historyAfter(change.base, change);
    const isElsewhere = home.kind === 'database';
    const notes = [
      ...tables.note(change.direction, migrations),
      ...(isElsewhere ? [] : [noteStatement(home, after), ...alongside]),
    ];
    await this.#options.ledger.learn([after]);
    if (!runsAlone) await runner.startTransaction();
    try {
      if (!runsAlone)
        for (const { text, values } of lockStatements(home, lockTimeoutMs))
          await runner.query(text, [...(values ?? [])]);
      await this.#require(change.base, runner, tables, migrations, home);
      for (const migration of migrations) await this.#run(migration, change.direction, home, runner);
      for (const { text, values } of notes) await runner.query(text, [...(values ?? [])]);
      if (!runsAlone) await runner.commitTransaction();
    } catch (error) {
      if (!runsAlone) await runner.rollbackTransaction().catch(() => {});
      throw error;
    }
    if (isElsewhere) await this.#noteElsewhere(home, after, alongside);
  }

  async #noteElsewhere(home: Home, after: History, alongside: readonly ScriptStatement[]): Promise<void> {
    await this.#options.ledger.note(home, after);
    await this.#options.ledger.run(alongside);
  }

  /** @throws {HomeMovedOnError} when the home has another history. */
  async #require(
    base: History,
    runner: QueryRunner,
    tables: HistoryTables,
    migrations: readonly Migration[],
    home: Home,
  ): Promise<void> {
    const { history, has } = await tables.read(runner);
    if (hashOf(ofKind(history, home)) !== hashOf(base)) throw new HomeMovedOnError(home.label);
    if (!has.own && migrations.some(({ isShared }) => !isShared))
      await tables.make(runner, { isShared: false });
    if (!has.shared && migrations.some(({ isShared }) => isShared))
      await tables.make(runner, { isShared: true });
  }

  async #run(
    migration: Migration,
    direction: Change['direction'],
    home: Home,
    runner: QueryRunner,
  ): Promise<void> {
    const end = watch(runner, {
      reader: await this.#options.book.reader(),
      kind: home.kind,
      schema: this.#schemaOf(home),
      runsAlone: migration.runsAlone,
    });
    try {
      await (direction === 'up' ? migration.instance.up(runner) : migration.instance.down(runner));
    } catch (error) {
      throw isLockTrouble(error) ? error : new MigrationFailedError(migration.name, error);
    } finally {
      end();
    }
  }

  #schemaOf({ kind, tenant }: Home): string {
    return kind === 'schema' ? tenant.schema : this.#options.homeSchema;
  }

  async #withRunner<T>(
    home: Home,
    work: (runner: QueryRunner, tables: HistoryTables) => Promise<T>,
  ): Promise<T> {
    const dataSource: DataSource = await this.#options.registry.directFor(home.tenant);
    const runner = dataSource.createQueryRunner();
    try {
      return await work(runner, new HistoryTables(dataSource, this.#schemaOf(home)));
    } finally {
      await runner.release();
    }
  }
}

function lockStatements(home: Home, lockTimeoutMs: number): ScriptStatement[] {
  return [
    { text: `set local lock_timeout = ${Math.round(lockTimeoutMs)}` },
    { text: 'select pg_catalog.pg_advisory_xact_lock($1)', values: [lockKeyOf('home', home.id)] },
  ];
}

/** The tables of the row tenants and the shared ones stand together, and have histories of their own. */
function ofKind(history: History, { kind }: Home): History {
  if (kind === 'database') return history;
  return history.filter((name) => isSharedName(name) === (kind === 'shared'));
}

/** Consecutive migrations that may share a transaction; one that runs alone is a part by itself. */
function inTransactions(migrations: readonly Migration[]): readonly (readonly Migration[])[] {
  const parts: Migration[][] = [];
  let mayJoin = false;
  for (const migration of migrations) {
    if (mayJoin && !migration.runsAlone) parts.at(-1)?.push(migration);
    else parts.push([migration]);
    mayJoin = !migration.runsAlone;
  }
  return parts;
}

function sqlState(error: unknown): string | undefined {
  const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
  return driverError?.code ?? code;
}

function isMovedOn(error: unknown): boolean {
  return sqlState(error) === MOVED_ON;
}

/** Somebody else held a lock for too long (manual, Appendix A): it passes. */
export function isLockTrouble(error: unknown): boolean {
  return ['55P03', '40P01', '40001'].includes(sqlState(error) ?? '');
}
