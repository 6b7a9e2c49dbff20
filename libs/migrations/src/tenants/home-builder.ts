import type { Tenant } from '@rowhouse/core';
import { isTransientRoleError, runScript, type ScriptStatement, sqlStateOf } from '@rowhouse/core/internal';
import type pg from 'pg';
import { MigrationFailedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { homeOf } from '../homes/home.js';
import { type OpenHome, openHome } from '../homes/open-home.js';
import { inRunnerTransaction } from '../migrate/runner-transaction.js';
import { type RecordedMigration, record, recordWork, scriptFor } from '../recording/migration-recorder.js';
import type { RecordedChange } from '../recording/recorded-change.js';
import { ScriptSamples } from '../recording/script-samples.js';
import type { LifeControl } from './steps.js';

/** What is written to the catalog for a home, in the transaction that makes it. */
export interface CatalogStatements {
  readonly before: readonly ScriptStatement[];
  readonly after: readonly ScriptStatement[];
}

/** Milliseconds that the statements of a new home wait for a lock on a shared table. */
const LOCK_TIMEOUT_MS = 10_000;
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
  readonly #deployment: FleetDeployment;
  readonly #samples = new ScriptSamples();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** @throws {NeedsStepsError} when some migration must be run outside of a transaction, or over a connection of its own. */
  async build(tenant: Tenant, statements: CatalogStatements, { signal }: LifeControl = {}): Promise<void> {
    const byClasses = () => this.#open(tenant, (open) => this.#byClasses(open, statements, signal));
    const turn = await this.#samples.next(NEW);
    if (turn.how === 'script')
      await this.#open(tenant, (open) => this.#byScript(open, statements, turn.change));
    else if (turn.how === 'classes') await byClasses();
    else await this.#samples.take(NEW, byClasses);
  }

  async #open<T>(tenant: Tenant, work: (open: OpenHome) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await openHome(
          this.#deployment,
          homeOf(tenant),
          (open) => inRunnerTransaction(open.runner, () => work(open)),
          { mayBeMissing: true },
        );
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransientRoleError(error)) throw error;
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
      ...tables.note('up', this.#deployment.set.tenant),
      ...after,
    ]);
  }

  async #byClasses(
    { home, runner, tables, schema, dataSource }: OpenHome,
    { before, after }: CatalogStatements,
    signal: AbortSignal | undefined,
  ): Promise<RecordedChange> {
    const { set } = this.#deployment;
    const client = await clientOf(runner);
    const { metadataTableName: metadataTable } = dataSource;
    const reader = await this.#deployment.reader();
    const where = { reader, kind: home.kind, schema, metadataTable, isNew: true };
    await runScript(client, await this.#beginning(home.tenant, before));
    const prelude = await recordWork(runner, where, () => tables.makeForTypeOrm(runner));
    const migrations: RecordedMigration[] = [];
    for (const migration of set.tenant) {
      signal?.throwIfAborted();
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
    const create = await this.#deployment.registry.homes.createStatements(tenant);
    return [{ text: `set local lock_timeout = ${LOCK_TIMEOUT_MS}` }, ...before, ...create];
  }

  #explain(name: string, error: unknown): unknown {
    // invalid_schema_name: another connection does not see the home yet.
    const needsSteps = this.#deployment.set.find(name)?.nonTransactional || sqlStateOf(error) === '3F000';
    return needsSteps ? new NeedsStepsError(name, { cause: error }) : new MigrationFailedError(name, error);
  }
}

function clientOf(runner: OpenHome['runner']): Promise<pg.ClientBase> {
  return runner.connect();
}
