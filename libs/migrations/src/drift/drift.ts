import { isElsewhere, messageOf, parseOptions, type StatementReader } from '@rowhouse/core/internal';
import type { DataSource } from 'typeorm';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import type { History } from '../homes/history.js';
import { HistoryTables } from '../homes/history-tables.js';
import type { Home } from '../homes/home.js';
import type { KnownHome } from '../homes/home-ledger.js';
import { isSharedName } from '../homes/migration-set.js';
import { type Selection, selectionSchema } from '../homes/selection.js';
import { DriftReferences } from './drift-references.js';
import { partOf, withoutCatalogKeys, withoutTables } from './drift-scope.js';
import { inBatches } from './structure/batches.js';
import { fingerprintsOf, readStructures, type StructureQuery } from './structure/read-structures.js';
import { type Difference, differencesOf } from './structure/structure-object.js';

export interface DriftOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each home, or each batch of homes. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

export interface DriftReport {
  /** Homes that were compared. */
  readonly compared: number;
  /** Homes whose structure differs from the result of their migrations. */
  readonly drifted: readonly DriftedHome[];
  /** Homes with migrations that this release does not have, so that they cannot be compared. */
  readonly unknown: readonly { readonly label: string; readonly migrations: readonly string[] }[];
  /** Homes that could not be read, for example because their database is down. */
  readonly failed: readonly { readonly label: string; readonly error: string }[];
}

export interface DriftedHome {
  /** The tenant's slug, or `(rows)`. */
  readonly label: string;
  readonly differences: readonly Difference[];
}

/** How many schemas one statement compares. */
const BATCH_SIZE = 200;

/**
 * Compares each home with the result of running its migrations in an empty schema. A home that is behind is compared with
 * the result of the migrations that it has had.
 *
 * The tables of row tenants, and the tables in tenant databases, can share a schema with shared tables. There, only the
 * tables of tenants' migrations are compared, with everything that belongs to them, and missing objects of other kinds.
 * Shared tables are not compared, because their migrations may name schemas and cannot run in a scratch home. TypeORM's
 * metadata table and foreign keys to `rowhouse.tenants` are not compared either.
 *
 * @throws {DOMException} `AbortError`, when the signal is aborted.
 */
export async function findDrift(
  deployment: FleetDeployment,
  selection: Selection = {},
  options: DriftOptions = {},
): Promise<DriftReport> {
  const known = await deployment.ledger.homes(parseOptions('drift', selectionSchema, selection));
  const homes = known.filter(({ home }) => home.kind !== 'shared');
  return new DriftSearch(deployment, await deployment.reader(), options).compare(homes);
}

class DriftSearch {
  readonly #deployment: FleetDeployment;
  readonly #options: DriftOptions;
  readonly #references: DriftReferences;
  readonly #drifted: DriftedHome[] = [];
  readonly #unknown: { label: string; migrations: readonly string[] }[] = [];
  readonly #failed: { label: string; error: string }[] = [];

  constructor(deployment: FleetDeployment, reader: StatementReader, options: DriftOptions) {
    this.#deployment = deployment;
    this.#options = options;
    this.#references = new DriftReferences(deployment, reader);
  }

  async compare(homes: readonly KnownHome[]): Promise<DriftReport> {
    let done = 0;
    for (const batch of inBatches(homes, BATCH_SIZE)) {
      this.#options.signal?.throwIfAborted();
      for (const home of await this.#homesToCompare(batch)) {
        this.#options.signal?.throwIfAborted();
        await this.#compareHome(home);
      }
      done += batch.length;
      this.#options.onProgress?.({ done, total: homes.length });
    }
    return {
      compared: homes.length - this.#unknown.length - this.#failed.length,
      drifted: this.#drifted,
      unknown: this.#unknown,
      failed: this.#failed,
    };
  }

  /** The homes of the batch whose fingerprint differs from their reference, or that have no fingerprint. */
  async #homesToCompare(batch: readonly KnownHome[]): Promise<readonly Home[]> {
    const schemas = batch.filter(({ home }) => isInMainDatabase(home)).map(({ home }) => home.tenant.schema);
    const { catalog } = this.#deployment;
    const query: StructureQuery = async (text, values) => (await catalog.query(text, values)).rows;
    const options = await this.#references.structureOptions({ isOwnSchema: true });
    const fingerprints = await fingerprintsOf(query, schemas, options);
    const homes: Home[] = [];
    for (const { home, history } of batch) {
      const expected = await this.#fingerprintFor(home, history);
      if (expected === undefined || fingerprints.get(home.tenant.schema) !== expected) homes.push(home);
    }
    return homes;
  }

  async #fingerprintFor(home: Home, history: History | undefined): Promise<string | undefined> {
    if (!isInMainDatabase(home) || !history || this.#references.unknownIn(history).length > 0)
      return undefined;
    // If the reference cannot be built, the comparison of each home reports why.
    return this.#references.of(history).then(
      ({ fingerprint }) => fingerprint,
      () => undefined,
    );
  }

  /** Uses the history in the home's own tables, because the catalog's record may be out of date. */
  async #compareHome(home: Home): Promise<void> {
    try {
      const differences = await this.#differencesOf(home);
      if (differences.length > 0) this.#drifted.push({ label: home.label, differences });
    } catch (error) {
      if (error instanceof UnknownMigrationsError)
        this.#unknown.push({ label: home.label, migrations: error.migrations });
      else this.#failed.push({ label: home.label, error: messageOf(error) });
    }
  }

  async #differencesOf(home: Home): Promise<readonly Difference[]> {
    const schema = this.#deployment.schemaOf(home.tenant);
    if (home.kind === 'schema' && !(await this.#exists(home)))
      return [{ kind: 'schema', name: schema, change: 'missing' }];
    const dataSource = await this.#deployment.registry.directFor(home.tenant);
    const { history, hasTable } = await historyIn(dataSource, schema);
    const unknown = this.#references.unknownIn(history);
    if (unknown.length > 0) throw new UnknownMigrationsError(unknown);
    const isOwnSchema = home.kind === 'schema';
    const reference = await this.#references.of(history, { isOwnSchema, hasTable });
    const query: StructureQuery = (text, values) => dataSource.query(text, values);
    const read = await readStructures(
      query,
      [schema],
      await this.#references.structureOptions({ isOwnSchema }),
    );
    const ignored = new Set([dataSource.metadataTableName]);
    const expected = withoutTables(reference.objects, ignored);
    const actual = withoutTables(read.get(schema) ?? [], ignored);
    if (isOwnSchema) return differencesOf(expected, actual);
    return differencesOf(withoutCatalogKeys(expected), withoutCatalogKeys(partOf(expected, actual)));
  }

  async #exists({ tenant }: Home): Promise<boolean> {
    const owner = await this.#deployment.registry.directFor(tenant, { mayBeMissing: true });
    const found: readonly unknown[] = await owner.query(
      'select from pg_catalog.pg_namespace where nspname = $1',
      [tenant.schema],
    );
    return found.length === 1;
  }
}

/** Such schemas are compared many at once. */
function isInMainDatabase({ kind, tenant }: Home): boolean {
  return kind === 'schema' && !isElsewhere(tenant);
}

class UnknownMigrationsError extends Error {
  constructor(readonly migrations: readonly string[]) {
    super(`This release has no migrations named ${migrations.join(', ')}.`);
    this.name = 'UnknownMigrationsError';
  }
}

async function historyIn(
  dataSource: DataSource,
  schema: string,
): Promise<{ history: History; hasTable: boolean }> {
  const runner = dataSource.createQueryRunner();
  try {
    const { history, has } = await new HistoryTables(dataSource, schema).read(runner);
    return { history: history.filter((name) => !isSharedName(name)), hasTable: has.own };
  } finally {
    await runner.release();
  }
}
