import { runScript, type ScriptStatement, type Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type pg from 'pg';
import { homeOf } from '../homes/home.js';
import type { MigrationSet } from '../homes/migration-set.js';
import { HomeDoor, type OpenHome } from '../homes/open-home.js';
import { MigrationFailedError, sqlState } from '../migrate/migration-errors.js';
import { inRunnerTransaction } from '../migrate/runner-transaction.js';
import type { ChangeRecorder } from '../recording/change-recorder.js';
import { type RecordedMigration, record, recordWork, scriptFor } from '../recording/migration-recorder.js';
import type { RecordedChange } from '../recording/recorded-change.js';
import { ScriptSamples } from '../recording/script-samples.js';

export interface HomeBuilderParts {
  readonly registry: DataSourceRegistry;
  readonly recorder: ChangeRecorder;
  readonly set: MigrationSet;
  readonly homeSchema: string;
}

/** What stands in the catalog for a home, in the transaction that makes it. */
export interface CatalogStatements {
  readonly before: readonly ScriptStatement[];
  readonly after: readonly ScriptStatement[];
}

/** Milliseconds that the statements of a new home wait for a lock on a shared table. */
const LOCK_TIMEOUT_MS = 10_000;
/** What other transactions do to the roles of the server at the same time; it passes. */
const PASSING = new Set(['XX000', '40P01', '40001', '55P03']);
const ATTEMPTS = 6;
/** The key of the samples: new homes have all migrations. */
const NEW = 'new';

/** Some migration does not run in one transaction with the rest: the home must be made in steps. */
export class NeedsStepsError extends Error {}

/**
 * Makes schemas of tenants with all their tables, each in one transaction: the first two by the migrations' classes, the
 * others by the statements that these have shown, in one round trip.
 */
export class HomeBuilder {
  readonly #parts: HomeBuilderParts;
  readonly #door: HomeDoor;
  readonly #samples = new ScriptSamples();

  constructor(parts: HomeBuilderParts) {
    this.#parts = parts;
    this.#door = new HomeDoor(parts.registry, parts.homeSchema);
  }

  /** @throws {NeedsStepsError} when some migration must be run outside of a transaction, or over a connection of its own. */
  async found(tenant: Tenant, notes: CatalogStatements): Promise<void> {
    const turn = await this.#samples.next(NEW);
    if (turn.how === 'script') await this.#open(tenant, (open) => this.#byScript(open, notes, turn.change));
    else if (turn.how === 'classes') await this.#open(tenant, (open) => this.#byClasses(open, notes));
    else await this.#samples.take(NEW, () => this.#open(tenant, (open) => this.#byClasses(open, notes)));
  }

  async #open<T>(tenant: Tenant, work: (open: OpenHome) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#door.open(
          homeOf(tenant),
          (open) => inRunnerTransaction(open.runner, () => work(open)),
          { mayBeMissing: true },
        );
      } catch (error) {
        if (attempt === ATTEMPTS || !PASSING.has(sqlState(error) ?? '')) throw error;
      }
    }
  }

  async #byScript(
    { home, runner, tables }: OpenHome,
    { before, after }: CatalogStatements,
    { prelude, migrations }: RecordedChange,
  ): Promise<void> {
    await runScript(await clientOf(runner), [
      ...(await this.#beginning(home.tenant, before)),
      ...scriptFor([...prelude, ...migrations.flatMap(({ script }) => script)], home.tenant),
      ...tables.note('up', this.#parts.set.tenant),
      ...after,
    ]);
  }

  async #byClasses(open: OpenHome, { before, after }: CatalogStatements): Promise<RecordedChange> {
    const { home, runner, tables, schema, dataSource } = open;
    const { recorder, set } = this.#parts;
    const client = await clientOf(runner);
    const { metadataTableName: metadataTable } = dataSource;
    const where = { reader: await recorder.reader(), kind: home.kind, schema, metadataTable, isNew: true };
    await runScript(client, await this.#beginning(home.tenant, before));
    const prelude = await recordWork(runner, where, () => tables.makeForTypeOrm(runner));
    const migrations: RecordedMigration[] = [];
    for (const migration of set.tenant) {
      try {
        migrations.push(await record(runner, migration, 'up', where));
      } catch (error) {
        throw this.#explain(migration.name, error);
      }
    }
    await runScript(client, [...tables.note('up', set.tenant), ...after]);
    return { prelude, migrations };
  }

  async #beginning(tenant: Tenant, before: readonly ScriptStatement[]): Promise<readonly ScriptStatement[]> {
    const founding = await this.#parts.registry.homes.createStatements(tenant);
    return [{ text: `set local lock_timeout = ${LOCK_TIMEOUT_MS}` }, ...before, ...founding];
  }

  #explain(name: string, error: unknown): unknown {
    // invalid_schema_name: another connection does not see the home yet.
    const needsSteps = this.#parts.set.find(name)?.nonTransactional || sqlState(error) === '3F000';
    return needsSteps ? new NeedsStepsError(name, { cause: error }) : new MigrationFailedError(name, error);
  }
}

function clientOf(runner: OpenHome['runner']): Promise<pg.ClientBase> {
  return runner.connect();
}
