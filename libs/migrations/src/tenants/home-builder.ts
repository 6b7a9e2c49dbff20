import type { Tenant } from '@rowhouse/core';
import { isTransientRoleError, runScript, type ScriptStatement, sqlStateOf } from '@rowhouse/core/internal';
import type pg from 'pg';
import { MigrationFailedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { homeOf } from '../homes/home.js';
import { inRunnerTransaction, type OpenHome, openHome } from '../homes/open-home.js';
import { type RecordedMigration, record, recordWork, scriptFor } from '../recording/migration-recorder.js';
import { type RecordedChange, ScriptSamples } from '../recording/script-samples.js';
import type { LifeControl } from './steps.js';

/** Statements that run in the transaction that builds the home, before and after its tables are made. */
export interface CatalogStatements {
  readonly before: readonly ScriptStatement[];
  readonly after: readonly ScriptStatement[];
}

/** How many milliseconds a statement of a new home waits for a lock on a shared table. */
const LOCK_TIMEOUT_MS = 10_000;
const ATTEMPTS = 6;
/** All new homes get the same migrations, so one key is enough. */
const NEW = 'new';

/** A migration cannot run in the same transaction as the others, so the home must be built in steps. */
export class NeedsStepsError extends Error {}

/**
 * Builds tenant schemas with all their tables, each in one transaction. The first two run the migration classes, and their
 * statements are recorded. The others run the recorded statements as a script, in one round trip.
 */
export class HomeBuilder {
  readonly #deployment: FleetDeployment;
  readonly #samples = new ScriptSamples();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** @throws {NeedsStepsError} when a migration must run outside a transaction, or opens a connection of its own. */
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
      ...this.#ending({ home, tables }, after),
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
    await runScript(client, this.#ending({ home, tables }, after));
    return { prelude, migrations };
  }

  async #beginning(tenant: Tenant, before: readonly ScriptStatement[]): Promise<readonly ScriptStatement[]> {
    const { homes } = this.#deployment.registry;
    await homes.prepareDeployment();
    const create = await homes.createStatements(tenant);
    return [{ text: `set local lock_timeout = ${LOCK_TIMEOUT_MS}` }, ...before, ...create];
  }

  #ending(
    { home, tables }: Pick<OpenHome, 'home' | 'tables'>,
    after: readonly ScriptStatement[],
  ): readonly ScriptStatement[] {
    const { registry, set } = this.#deployment;
    return [
      ...tables.recordStatements('up', set.tenant),
      ...registry.homes.readOnlyStatements(home.tenant),
      ...after,
    ];
  }

  #explain(name: string, error: unknown): unknown {
    // invalid_schema_name: the migration opened another connection, which cannot see the uncommitted schema.
    const needsSteps = this.#deployment.set.find(name)?.nonTransactional || sqlStateOf(error) === '3F000';
    return needsSteps ? new NeedsStepsError(name, { cause: error }) : new MigrationFailedError(name, error);
  }
}

function clientOf(runner: OpenHome['runner']): Promise<pg.ClientBase> {
  return runner.connect();
}
