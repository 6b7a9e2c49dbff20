import type { StatementReader } from '@rowhouse/core/internal';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type History, hashOf } from '../homes/history.js';
import { HistoryTables } from '../homes/history-tables.js';
import { inScratchHome, type ScratchHome } from '../recording/scratch-home.js';
import { migrateScratchHome } from '../recording/scratch-run.js';
import {
  fingerprintsOf,
  readStructures,
  type StructureOptions,
  type StructureQuery,
} from './structure/read-structures.js';
import type { StructureObject } from './structure/structure-object.js';

/** The expected structure of a home with a certain history. */
export interface DriftReference {
  readonly objects: readonly StructureObject[];
  readonly fingerprint: string | undefined;
}

export interface ReferenceOptions {
  /** False for tables that share their schema with others. Default true. */
  readonly isOwnSchema?: boolean;
  /** Whether the home has a migrations table; a home without history may not have one. Default true. */
  readonly hasTable?: boolean;
}

const VISIBLE_SCHEMAS = `select array(
  select s::text from unnest(current_schemas(false)) s where not starts_with(s::text, 'pg_')) as schemas`;

/** Builds references by running the migration classes in scratch homes, and caches them. */
export class DriftReferences {
  readonly #deployment: FleetDeployment;
  readonly #reader: StatementReader;
  readonly #references = new Map<string, Promise<DriftReference>>();
  #otherSchemas: readonly string[] | undefined;

  constructor(deployment: FleetDeployment, reader: StatementReader) {
    this.#deployment = deployment;
    this.#reader = reader;
  }

  /** The migrations of a history that this release does not have. */
  unknownIn(history: History): readonly string[] {
    return history.filter((name) => !this.#deployment.set.find(name));
  }

  /** @throws {MigrationConflictError} when this release does not have a migration of the history. */
  of(
    history: History,
    { isOwnSchema = true, hasTable = true }: ReferenceOptions = {},
  ): Promise<DriftReference> {
    const key = [hashOf(history), isOwnSchema, hasTable].join(' ');
    let reference = this.#references.get(key);
    if (!reference) {
      reference = this.#make(history, { isOwnSchema, hasTable });
      this.#references.set(key, reference);
    }
    return reference;
  }

  async #make(
    history: History,
    { isOwnSchema, hasTable }: Required<ReferenceOptions>,
  ): Promise<DriftReference> {
    const options = await this.structureOptions({ isOwnSchema });
    return inScratchHome(this.#deployment.registry, async (scratch) => {
      // Citus takes other policies in the schemas of tenants alone.
      const home = { ...scratch, hasCitus: scratch.hasCitus && isOwnSchema };
      await migrateScratchHome(home, this.#reader, this.#deployment.set.named(history));
      if (!hasTable) await this.#dropTable(scratch);
      return describe(scratch, options);
    });
  }

  /** Options that make the structures of homes and references comparable, although their connections have different search paths. */
  async structureOptions({ isOwnSchema }: { isOwnSchema: boolean }): Promise<StructureOptions> {
    this.#otherSchemas ??= await this.#visibleSchemas();
    return { otherSchemas: this.#otherSchemas, listsUses: isOwnSchema };
  }

  async #visibleSchemas(): Promise<readonly string[]> {
    const { registry, catalog, homeSchema } = this.#deployment;
    const inScratch = await inScratchHome(registry, async ({ runner, tenant }) => {
      const rows: { schemas: string[] }[] = await runner.query(VISIBLE_SCHEMAS);
      return rows.flatMap(({ schemas }) => schemas).filter((schema) => schema !== tenant.schema);
    });
    const { rows } = await catalog.query<{ schemas: string[] }>(VISIBLE_SCHEMAS);
    return [...new Set([homeSchema, ...inScratch, ...rows.flatMap(({ schemas }) => schemas)])];
  }

  async #dropTable({ dataSource, tenant, runner }: ScratchHome): Promise<void> {
    const tables = new HistoryTables(dataSource, tenant.schema);
    await runner.query(`drop table ${tables.qualified({ isShared: false })}`);
  }
}

async function describe(
  { dataSource, tenant: { schema } }: ScratchHome,
  options: StructureOptions,
): Promise<DriftReference> {
  const query: StructureQuery = (text, values) => dataSource.query(text, values);
  const objects = (await readStructures(query, [schema], options)).get(schema) ?? [];
  const fingerprint = (await fingerprintsOf(query, [schema], options)).get(schema);
  return { objects, fingerprint };
}
