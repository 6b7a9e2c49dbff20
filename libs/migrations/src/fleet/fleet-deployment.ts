import { type Catalog, EffectivePlans, type Tenant, type TenantCompanion } from '@rowhouse/core';
import { Lazy, type RoleName, StatementReader } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { EntityManager } from 'typeorm';
import { HomeLedger } from '../homes/home-ledger.js';
import type { MigrationSet } from '../homes/migration-set.js';
import { placementsInUse } from '../homes/placements-in-use.js';

/**
 * Fills the tables of a new tenant. It runs as the tenant, in one transaction. It runs again if the process dies before
 * the catalog has recorded that it is done.
 */
export type Seed = (manager: EntityManager, tenant: Tenant) => Promise<void>;

export interface FleetDeploymentParts {
  /** Hands out data sources of one tenant, and of the owner. */
  readonly registry: DataSourceRegistry;
  readonly catalog: Catalog;
  /** The migrations of this release. */
  readonly set: MigrationSet;
  /** The schema with the tables of tenants that have no schema of their own. */
  readonly homeSchema: string;
  /** The role of the system context; `undefined` without roles. */
  readonly systemRole?: RoleName | undefined;
  readonly seed?: Seed | undefined;
  /** What tenants may have. Default: no plans. */
  readonly plans?: EffectivePlans;
  /** Keep contents of tenants that are not in PostgreSQL. Default: none. */
  readonly companions?: readonly TenantCompanion[];
}

/** The parts of one deployment that all operations on a fleet use: connections, catalog, migrations, home schema. */
export class FleetDeployment {
  readonly registry: DataSourceRegistry;
  readonly catalog: Catalog;
  readonly set: MigrationSet;
  readonly homeSchema: string;
  readonly systemRole: RoleName | undefined;
  readonly seed: Seed | undefined;
  readonly plans: EffectivePlans;
  readonly companions: readonly TenantCompanion[];
  /** The catalog's record of the migrations that each home has had. */
  readonly ledger: HomeLedger;
  readonly #reader = new Lazy(() => StatementReader.load());

  constructor({
    registry,
    catalog,
    set,
    homeSchema,
    systemRole,
    seed,
    plans = new EffectivePlans(),
    companions = [],
  }: FleetDeploymentParts) {
    this.registry = registry;
    this.catalog = catalog;
    this.set = set;
    this.homeSchema = homeSchema;
    this.systemRole = systemRole;
    this.seed = seed;
    this.plans = plans;
    this.companions = companions;
    this.ledger = new HomeLedger(catalog, set);
  }

  /** The schema that holds the tables of a tenant. */
  schemaOf({ isolation, schema }: Pick<Tenant, 'isolation' | 'schema'>): string {
    return isolation === 'schema' ? schema : this.homeSchema;
  }

  /**
   * Brings the grants on shared tables up to date, in the main database and in those of placements, and places those on workers of
   * Citus that a process has made and not placed. A placement that is out of reach keeps no other waiting: its own tenants report it.
   */
  async repairShared(): Promise<void> {
    const { homes } = this.registry;
    const repair = async (placement?: string) => {
      await homes.repairShared(placement);
      await homes.placeSharedTables(placement);
    };
    await repair();
    const placements = await placementsInUse(this.catalog);
    await Promise.allSettled(placements.map(repair));
  }

  /** Parses statements with PostgreSQL's grammar. */
  reader(): Promise<StatementReader> {
    return this.#reader.get();
  }
}
