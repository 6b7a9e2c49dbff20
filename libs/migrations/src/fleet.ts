import {
  migrateCatalog,
  PostgresTenantStore,
  parsePoolOptions,
  type TenancyPoolOptions,
} from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { ChangeBook } from './change-book.js';
import { FleetMigrations } from './fleet-migrations.js';
import { Founding } from './founding.js';
import { HomeLedger } from './home-ledger.js';
import { HomeMigrator } from './home-migrator.js';
import { MigrationSet } from './migration-set.js';
import { Planner } from './planner.js';
import { Provisioning, type Seed } from './provisioning.js';
import { Removal } from './removal.js';
import { RESERVED_SLUGS } from './reserved-slugs.js';
import { SpareHomes } from './spare-homes.js';
import { TenantLifecycle } from './tenant-lifecycle.js';

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

/** All tenants of a deployment, as an operator sees them. */
export class Fleet {
  /** Their life: create, suspend, delete, purge … */
  readonly tenants: TenantLifecycle;
  /** The migrations of their schemas. */
  readonly migrations: FleetMigrations;
  readonly #catalog: pg.Pool;
  readonly #pools: readonly pg.Pool[];

  /** Brings the catalog to the version of this release, and opens the fleet. @throws {CatalogTooNewError} */
  static async open(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    try {
      await migrateCatalog(fleet.#catalog);
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
    reservedSlugs,
  }: FleetOptions) {
    const { homeSchema } = parsePoolOptions(pool);
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
    const book = new ChangeBook(registry, set);
    const ledger = new HomeLedger(catalog, set);
    const migrator = new HomeMigrator({ registry, ledger, set, book, homeSchema });
    const spares = new SpareHomes({ registry, catalog, ledger });
    const founding = new Founding({ registry, book, set, homeSchema });
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
    this.#catalog = catalog;
    this.#pools = [catalog, locks];
    this.tenants = new TenantLifecycle({
      catalog,
      locks,
      store: new PostgresTenantStore({ pool: catalog }),
      provisioning,
      spares,
      removal,
      reservedSlugs: reservedSlugs ?? RESERVED_SLUGS,
    });
    const planner = new Planner({ ledger, migrator, set, book });
    this.migrations = new FleetMigrations({ catalog, locks, ledger, migrator, planner, set });
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.filter(({ ended }) => !ended).map((pool) => pool.end()));
  }
}
