import {
  failedStatementOf,
  isElsewhere,
  lockKeyOf,
  runScript,
  type ScriptStatement,
} from '@rowhouse/core/internal';
import type pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, type History, hashOf, historyAfter, keyOf } from '../homes/history.js';
import { HistoryTables } from '../homes/history-tables.js';
import { announceHomes, type Home } from '../homes/home.js';
import { setHistoryStatement } from '../homes/home-ledger.js';
import type { Migration } from '../homes/migration-set.js';
import { openHome, readHistory } from '../homes/open-home.js';
import { noteFailedStatement } from '../recording/failed-statement.js';
import { scriptFor } from '../recording/migration-recorder.js';
import { type RecordedChange, ScriptSamples } from '../recording/script-samples.js';
import { ClassMigrator } from './class-migrator.js';
import { GroupSizes } from './group-sizes.js';
import { HistoryChangedError, HomeBusyError, isHistoryChanged, isPassing } from './migration-errors.js';
import { runElsewhere } from './run-elsewhere.js';

export interface MigrateHomeOptions {
  /** How many milliseconds a statement waits for a lock. */
  readonly lockTimeoutMs: number;
  /** Statements on the catalog. They run in the transaction of the last migration; for a home in another database, after it. */
  readonly alongside?: readonly ScriptStatement[];
  /** Whether recorded scripts may be used. With false, every migration class runs for each home. */
  readonly useScripts: boolean;
}

/** How a home was migrated: by the recorded statements in one batch, or by running each class. */
export type Method = 'script' | 'classes';

/** How many milliseconds a statement waits for a lock while the homes before it in its transaction stay locked. */
const GROUP_LOCK_TIMEOUT_MS = 50;

/**
 * Migrates homes. A change holds the home's lock, and is one transaction unless a migration cannot run in one. Homes that get the
 * same small script may share a transaction. Before and after it, every instance is told to read the homes' tenants anew.
 */
export class HomeMigrator {
  readonly #deployment: FleetDeployment;
  readonly #classes: ClassMigrator;
  readonly #samples = new ScriptSamples();
  readonly #groups = new GroupSizes();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
    this.#classes = new ClassMigrator(deployment);
  }

  /** Reads a home's history from its own tables, and corrects the catalog. */
  async readHistory(home: Home): Promise<History> {
    const history = await readHistory(this.#deployment, home);
    await this.#deployment.ledger.setHistory(home, history);
    return history;
  }

  /**
   * Applies a change to a home.
   *
   * @throws {HistoryChangedError} when the home's history is not the one that the change starts from.
   * @throws {MigrationFailedError} when a migration fails.
   */
  migrate(home: Home, change: Change, options: MigrateHomeOptions): Promise<Method> {
    return this.#announced([home], options, (announced) => this.#migrate(home, change, announced));
  }

  async #migrate(home: Home, change: Change, options: MigrateHomeOptions): Promise<Method> {
    const migrations = this.#deployment.set.named(change.names);
    const byClasses = () => this.#byClasses(home, change, migrations, options);
    if (!options.useScripts || !mayBeScript(home, change, migrations)) {
      await byClasses();
      return 'classes';
    }
    const key = sampleKeyOf(home, change);
    const turn = await this.#samples.next(key);
    if (turn.how === 'sample') {
      await this.#samples.take(key, byClasses);
      return 'classes';
    }
    if (turn.how === 'script' && (await this.#hasScriptWorked(home, change, turn.change, options)))
      return 'script';
    await byClasses();
    return 'classes';
  }

  /** Opens connections to the main database before they are needed. What cannot be opened fails where it is needed. */
  async connect(count: number): Promise<void> {
    if (count === 0) return;
    const pool = await this.#deployment.registry.directPoolFor().catch(() => undefined);
    const connections = Array.from({ length: count }, () => pool?.connect());
    for (const connection of await Promise.allSettled(connections))
      if (connection.status === 'fulfilled') connection.value?.release();
  }

  /** How many homes like this one {@link migrateTogether} may get. */
  groupSize(home: Home, change: Change): number {
    if (!isSchemaInMainDatabase(home)) return 1;
    const key = keyOf(change);
    const script = this.#samples.scriptOf(key);
    return script ? this.#groups.next(key, statementsOf(script).length) : 1;
  }

  /**
   * Applies a change to several homes by its script, in one transaction.
   *
   * @returns false when nothing was done, because the script fails in one of them.
   */
  async migrateTogether(
    homes: readonly Home[],
    change: Change,
    { lockTimeoutMs, alongside }: Pick<MigrateHomeOptions, 'lockTimeoutMs' | 'alongside'>,
  ): Promise<boolean> {
    const key = keyOf(change);
    const script = this.#samples.scriptOf(key);
    if (!script) return false;
    try {
      const options = { lockTimeoutMs: Math.min(lockTimeoutMs, GROUP_LOCK_TIMEOUT_MS), alongside };
      await this.#announced(homes, options, (announced) => this.#byScript(homes, change, script, announced));
      return true;
    } catch {
      this.#groups.failed(key);
      return false;
    }
  }

  /** What succeeds is announced by its own transaction, and what fails may have done a part of its work. */
  async #announced<Options extends Pick<MigrateHomeOptions, 'alongside'>, T>(
    homes: readonly Home[],
    options: Options,
    work: (options: Options) => Promise<T>,
  ): Promise<T> {
    const notice = announceHomes(homes);
    const announce = () => this.#deployment.catalog.query(notice.text, [...(notice.values ?? [])]);
    await announce();
    try {
      return await work({ ...options, alongside: [...(options.alongside ?? []), notice] });
    } catch (error) {
      // The first error is the one to report.
      await announce().catch(() => {});
      throw error;
    }
  }

  /** @returns false when the script fails in this home. The classes then run instead: they adapt to the home, or report which migration fails. */
  async #hasScriptWorked(
    home: Home,
    change: Change,
    recorded: RecordedChange,
    options: MigrateHomeOptions,
  ): Promise<boolean> {
    try {
      if (isElsewhere(home.tenant)) await this.#byScriptElsewhere(home, change, recorded, options);
      else await this.#byScript([home], change, recorded, options);
      return true;
    } catch (error) {
      if (isHistoryChanged(error)) throw new HistoryChangedError(home.label, error);
      if (isPassing(error) || error instanceof HistoryChangedError) throw error;
      return false;
    }
  }

  /** Runs the script in one round trip, which is one transaction. */
  async #byScript(
    homes: readonly Home[],
    change: Change,
    recorded: RecordedChange,
    { lockTimeoutMs, alongside = [] }: Pick<MigrateHomeOptions, 'lockTimeoutMs' | 'alongside'>,
  ): Promise<void> {
    const after = historyAfter(change.base, change);
    await this.#deployment.ledger.saveHistories([after]);
    const { registry } = this.#deployment;
    const migrations = recorded.migrations.map(({ migration }) => migration);
    const script = statementsOf(recorded);
    const perHome: ScriptStatement[] = [];
    /** Not what Rowhouse adds. */
    const ofMigrations = new Set<ScriptStatement>();
    const histories: string[] = [];
    for (const { tenant } of homes) {
      const tables = new HistoryTables(registry.ambient, tenant.schema);
      histories.push(tables.qualified({ isShared: false }));
      const own = scriptFor(script, tenant);
      for (const statement of own) ofMigrations.add(statement);
      perHome.push(
        await registry.directPinOf(tenant),
        ...own,
        ...tables.recordStatements(change.direction, migrations, { byPath: true }),
      );
    }
    const startedAt = performance.now();
    const sent: readonly ScriptStatement[] = [
      {
        text: 'select rowhouse.begin_changes($1, $2, $3, $4)',
        values: [lockTimeoutMs, homes.map(({ id }) => lockKeyOf('home', id)), histories, hashOf(change.base)],
      },
      ...perHome,
      setHistoryStatement(homes, after),
      ...alongside,
    ];
    try {
      await runAsOne(await registry.directPoolFor(), sent);
    } catch (error) {
      const failed = sent[failedStatementOf(error) ?? 0];
      if (failed && ofMigrations.has(failed)) noteFailedStatement(error, { text: failed.text, before: 0 });
      throw error;
    }
    this.#groups.worked(keyOf(change), homes.length, performance.now() - startedAt);
  }

  /** Runs the script in the database of a placement, in one transaction there. As with classes, the catalog follows. */
  async #byScriptElsewhere(
    home: Home,
    change: Change,
    recorded: RecordedChange,
    { lockTimeoutMs, alongside = [] }: MigrateHomeOptions,
  ): Promise<void> {
    const { ledger, catalog } = this.#deployment;
    const after = historyAfter(change.base, change);
    await ledger.saveHistories([after]);
    const migrations = recorded.migrations.map(({ migration }) => migration);
    const script = scriptFor(statementsOf(recorded), home.tenant);
    const locked = await catalog.whileLocked(lockKeyOf('home', home.id), async (lost) => {
      await runElsewhere(this.#deployment, home, { change, migrations, script, lockTimeoutMs }, lost);
      await ledger.run([setHistoryStatement(home, after), ...alongside]);
    });
    if (!locked) throw new HomeBusyError(home.label);
  }

  async #byClasses(
    home: Home,
    change: Change,
    migrations: readonly Migration[],
    { lockTimeoutMs, alongside = [] }: MigrateHomeOptions,
  ): Promise<RecordedChange> {
    const work = { change, migrations, lockTimeoutMs, alongside };
    const recorded = await openHome(this.#deployment, home, (open) => this.#classes.migrate(open, work));
    // New tables beside those of others are granted. In a tenant's own database default privileges do it.
    const { homes } = this.#deployment.registry;
    if (home.kind === 'row' || home.kind === 'shared') await homes.repairShared(home.tenant.placement);
    if (home.kind === 'shared') await homes.placeSharedTables(home.tenant.placement);
    return recorded;
  }
}

function statementsOf({ prelude, migrations }: RecordedChange): readonly ScriptStatement[] {
  return [...prelude, ...migrations.flatMap(({ script }) => script)];
}

/** These may share a transaction, since the catalog is in the same database. */
function isSchemaInMainDatabase({ kind, tenant }: Home): boolean {
  return kind === 'schema' && !isElsewhere(tenant);
}

/** Samples of one placement say nothing of another: it may be a server of another version. */
function sampleKeyOf({ tenant }: Home, change: Change): string {
  return isElsewhere(tenant) ? `${tenant.placement} ${keyOf(change)}` : keyOf(change);
}

/** Scripts are used for schemas only, since there are many alike. A home without history has no migrations table yet. */
function mayBeScript({ kind }: Home, { base }: Change, migrations: readonly Migration[]): boolean {
  return kind === 'schema' && base.length > 0 && !migrations.some(({ nonTransactional }) => nonTransactional);
}

/** Before PostgreSQL 18, DO and CALL fail in a batch without BEGIN, because they may end the batch's implicit transaction. */
const PROCEDURAL = /^\s*(?:do|call)\b/i;

/** Sends a script in one round trip, or in three if it needs an explicit transaction. */
async function runAsOne(pool: pg.Pool, script: readonly ScriptStatement[]): Promise<void> {
  const needsTransaction = script.some(({ text }) => PROCEDURAL.test(text));
  const client = await pool.connect();
  try {
    if (needsTransaction) await client.query('begin');
    await runScript(client, script);
    if (needsTransaction) await client.query('commit');
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    client.release();
  }
}
