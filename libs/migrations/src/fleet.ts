import {
  migrateCatalog,
  PostgresTenantStore,
  parsePoolOptions,
  rolesOf,
  type TenancyPoolOptions,
} from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import {
  type AdoptionOptions,
  type AdoptionReport,
  adopt,
  type UndoAdoptionOptions,
  undoAdoption,
} from './adopt/index.js';
import { type DriftOptions, type DriftReport, findDrift } from './drift/drift.js';
import {
  type GeneratedMigration,
  type GenerateOptions,
  generateMigration,
} from './generate/generate-migration.js';
import { HomeLedger } from './homes/home-ledger.js';
import { MigrationSet } from './homes/migration-set.js';
import type { Selection } from './homes/selection.js';
import { HomeMigrator } from './migrate/home-migrator.js';
import { ChangeRecorder } from './recording/change-recorder.js';
import { FleetMigrations } from './runs/fleet-migrations.js';
import { Planner } from './runs/planner.js';
import { HomeBuilder } from './tenants/home-builder.js';
import { PrewarmedHomes } from './tenants/prewarmed-homes.js';
import { Provisioning, type Seed } from './tenants/provisioning.js';
import { Removal } from './tenants/removal.js';
import { RESERVED_SLUGS, requireUnreserved } from './tenants/reserved-slugs.js';
import { TenantLifecycle } from './tenants/tenant-lifecycle.js';

export interface FleetOptions {
  /** Its data source has the migrations of tenants' tables (`migrations`). Stays the caller's to close. */
  readonly registry: DataSourceRegistry;
  /** `postgres://` URL of the catalog's database for the login that owns it, past any pooler. */
  readonly catalogUrl: string;
  readonly ssl?: pg.ClientConfig['ssl'];
  /** Classes of migrations of tables that all tenants read; they run before those of tenants. */
  readonly sharedMigrations?: readonly (new () => MigrationInterface)[];
  /** Fills the tables of a new tenant. */
  readonly seed?: Seed;
  /** The options of the application's pool. */
  readonly pool?: TenancyPoolOptions;
  /** Slugs that no tenant may have. Default: names such as `www`, `api` and `admin`. */
  readonly reservedSlugs?: readonly string[];
}

/** Connections for short statements on the catalog. */
const CATALOG_CONNECTIONS = 6;
/** Connections that each hold the lock of a piece of work for as long as it takes: so many may go on at a time. */
const LOCK_CONNECTIONS = 20;

interface FleetParts {
  readonly registry: DataSourceRegistry;
  readonly catalog: pg.Pool;
  readonly set: MigrationSet;
  readonly homeSchema: string;
  readonly systemRole: string | undefined;
  readonly reservedSlugs: readonly string[];
}

/** All tenants of a deployment, as an operator sees them. */
export class Fleet {
  /** Their life: create, suspend, delete, purge … */
  readonly tenants: TenantLifecycle;
  /** The migrations of their schemas. */
  readonly migrations: FleetMigrations;
  readonly #parts: FleetParts;
  readonly #pools: readonly pg.Pool[];

  /** Brings the catalog to the version of this release, and opens the fleet. @throws {CatalogTooNewError} */
  static async open(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    try {
      await migrateCatalog(fleet.#parts.catalog);
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  private constructor({
    registry,
    catalogUrl,
    ssl,
    sharedMigrations = [],
    seed,
    pool = {},
    reservedSlugs = RESERVED_SLUGS,
  }: FleetOptions) {
    const { homeSchema, roles } = parsePoolOptions(pool);
    const poolOf = (max: number) => {
      const one = new pg.Pool({ connectionString: catalogUrl, ssl, max, application_name: 'rowhouse-fleet' });
      // An idle connection that breaks is replaced when the next one is needed.
      one.on('error', () => {});
      return one;
    };
    const catalog = poolOf(CATALOG_CONNECTIONS);
    const locks = poolOf(LOCK_CONNECTIONS);
    const shared = sharedMigrations.map((Migration) => new Migration());
    const set = new MigrationSet(registry.ambient.migrations, shared);
    const recorder = new ChangeRecorder(registry, set);
    const ledger = new HomeLedger(catalog, set);
    const migrator = new HomeMigrator({ registry, ledger, set, recorder, homeSchema });
    const spares = new PrewarmedHomes({ registry, catalog });
    const founding = new HomeBuilder({ registry, recorder, set, homeSchema });
    const provisioning = new Provisioning({
      registry,
      catalog,
      ledger,
      migrator,
      founding,
      set,
      spares,
      seed,
    });
    const removal = new Removal({ registry, catalog, locks, homeSchema });
    this.#parts = {
      registry,
      catalog,
      set,
      homeSchema,
      systemRole: roles === false ? undefined : rolesOf(roles).system,
      reservedSlugs,
    };
    this.#pools = [catalog, locks];
    this.tenants = new TenantLifecycle({
      catalog,
      locks,
      store: new PostgresTenantStore({ pool: catalog }),
      provisioning,
      spares,
      removal,
      reservedSlugs,
    });
    const planner = new Planner({ ledger, migrator, set, recorder });
    this.migrations = new FleetMigrations({ catalog, locks, ledger, migrator, planner, set });
  }

  /** Compares homes with what their migrations make of an empty one. */
  drift(selection: Selection = {}, options: DriftOptions = {}): Promise<DriftReport> {
    return findDrift(this.#parts, selection, options);
  }

  /**
   * Writes the migration that is missing between the entities and the migrations; it names no schema.
   *
   * @returns `undefined` when nothing is missing.
   */
  generate(options: GenerateOptions): Promise<GeneratedMigration | undefined> {
    return generateMigration(this.#parts, options);
  }

  /** Turns the database of an app without tenants into its first tenant, in one transaction. */
  async adopt(
    options: AdoptionOptions,
    control: { readonly signal?: AbortSignal } = {},
  ): Promise<AdoptionReport> {
    requireUnreserved(options.tenant?.slug, this.#parts.reservedSlugs);
    return adopt(this.#parts, options, control);
  }

  /** Takes an adoption back, in one transaction. */
  undoAdoption(
    slug: string,
    options: UndoAdoptionOptions = {},
    control: { readonly signal?: AbortSignal } = {},
  ): Promise<AdoptionReport> {
    return undoAdoption(this.#parts, slug, options, control);
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.filter(({ ended }) => !ended).map((pool) => pool.end()));
  }
}
