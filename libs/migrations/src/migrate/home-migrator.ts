import { isTransientLockError, lockKeyOf, runScript, type ScriptStatement } from '@rowhouse/core/internal';
import type pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, keyOf } from '../homes/change.js';
import { type History, hashOf, historyAfter } from '../homes/history.js';
import { HistoryTables } from '../homes/history-tables.js';
import type { Home } from '../homes/home.js';
import { noteStatement } from '../homes/home-ledger.js';
import type { Migration } from '../homes/migration-set.js';
import { openHome, readHistory } from '../homes/open-home.js';
import { scriptFor } from '../recording/migration-recorder.js';
import type { RecordedChange } from '../recording/recorded-change.js';
import { ScriptSamples } from '../recording/script-samples.js';
import { ClassMigrator } from './class-migrator.js';
import { HomeMovedOnError, isMovedOn } from './migration-errors.js';

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

/** Changes one home at a time: each change is one transaction, under a lock that nobody else has. */
export class HomeMigrator {
  readonly #deployment: FleetDeployment;
  readonly #classes: ClassMigrator;
  readonly #samples = new ScriptSamples();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
    this.#classes = new ClassMigrator(deployment);
  }

  /** Reads what a home has had from its own tables, and corrects the catalog. */
  async readHistory(home: Home): Promise<History> {
    const history = await readHistory(this.#deployment, home);
    await this.#deployment.ledger.note(home, history);
    return history;
  }

  /**
   * Makes a change in a home.
   *
   * @throws {HomeMovedOnError} when the home has not the history that the change begins with.
   * @throws {MigrationFailedError} when a migration fails.
   */
  async migrate(home: Home, change: Change, options: MigrateHomeOptions): Promise<Method> {
    const migrations = this.#deployment.set.named(change.names);
    const byClasses = () => this.#byClasses(home, change, migrations, options);
    if (!options.useScripts || !mayBeScript(home, change, migrations)) {
      await byClasses();
      return 'classes';
    }
    const key = keyOf(change);
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

  /** False when a home refuses the script: its classes find out whether it is unlike others, or say which one fails. */
  async #hasScriptWorked(
    home: Home,
    change: Change,
    recorded: RecordedChange,
    options: MigrateHomeOptions,
  ): Promise<boolean> {
    try {
      await this.#byScript(home, change, recorded, options);
      return true;
    } catch (error) {
      if (isMovedOn(error)) throw new HomeMovedOnError(home.label, error);
      if (isTransientLockError(error)) throw error;
      return false;
    }
  }

  /** One round trip, which is one transaction. */
  async #byScript(
    home: Home,
    change: Change,
    recorded: RecordedChange,
    { lockTimeoutMs, alongside = [] }: MigrateHomeOptions,
  ): Promise<void> {
    const after = historyAfter(change.base, change);
    await this.#deployment.ledger.learn([after]);
    const { registry } = this.#deployment;
    const tables = new HistoryTables(registry.ambient, home.tenant.schema);
    const table = tables.qualified({ isShared: false });
    const migrations = recorded.migrations.map(({ migration }) => migration);
    await runAsOne(await registry.directPoolFor(home.tenant), [
      {
        text: 'select rowhouse.begin_change($1, $2, $3, $4)',
        values: [lockTimeoutMs, lockKeyOf('home', home.id), table, hashOf(change.base)],
      },
      ...scriptFor(
        [...recorded.prelude, ...recorded.migrations.flatMap(({ script }) => script)],
        home.tenant,
      ),
      ...tables.note(change.direction, migrations, { byPath: true }),
      noteStatement(home, after),
      ...alongside,
    ]);
  }

  async #byClasses(
    home: Home,
    change: Change,
    migrations: readonly Migration[],
    { lockTimeoutMs, alongside = [] }: MigrateHomeOptions,
  ): Promise<RecordedChange> {
    const work = { change, migrations, lockTimeoutMs, alongside };
    const recorded = await openHome(this.#deployment, home, (open) => this.#classes.migrate(open, work));
    if (home.kind !== 'schema') await this.#deployment.registry.homes.repairShared();
    return recorded;
  }
}

/** Scripts are for homes of one kind, of which there are many; a new home has no table of migrations yet. */
function mayBeScript({ kind }: Home, { base }: Change, migrations: readonly Migration[]): boolean {
  return kind === 'schema' && base.length > 0 && !migrations.some(({ nonTransactional }) => nonTransactional);
}

/** Before PostgreSQL 18 they may end the transaction of their batch, and are refused in one. */
const PROCEDURAL = /^\s*(?:do|call)\b/i;

/** Sends a script in one round trip; in three, where it needs a transaction around it. */
async function runAsOne(pool: pg.Pool, script: readonly ScriptStatement[]): Promise<void> {
  const needsTransaction = script.some(({ text }) => PROCEDURAL.test(text));
  const client = await pool.connect();
  try {
    if (needsTransaction) await client.query('begin');
    await runScript(client, script);
    if (needsTransaction) await client.query('commit');
  } finally {
    // With its transaction still open, the connection is closed, which takes everything back.
    client.release();
  }
}
