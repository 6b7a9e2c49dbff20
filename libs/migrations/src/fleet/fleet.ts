import {
  type Catalog,
  EffectivePlans,
  OptionsInvalidError,
  type TenancyPoolOptions,
  type Tenant,
  type TenantCompanion,
} from '@rowhouse/core';
import {
  companionsSchema,
  DEFAULT_PLAN,
  parseOptions,
  parsePoolOptions,
  rolesOf,
} from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { MigrationInterface } from 'typeorm';
import { z } from 'zod';
import {
  type AdoptionControl,
  type AdoptionOptions,
  type AdoptionReport,
  adopt,
  type UndoAdoptionOptions,
  undoAdoption,
} from '../adopt/index.js';
import { type DriftOptions, type DriftReport, findDrift } from '../drift/drift.js';
import {
  type GeneratedMigration,
  type GenerateOptions,
  generateMigration,
} from '../generate/generate-migration.js';
import { MigrationSet } from '../homes/migration-set.js';
import type { Selection } from '../homes/selection.js';
import { HomeMigrator } from '../migrate/home-migrator.js';
import { FleetMigrations } from '../runs/fleet-migrations.js';
import { CertificateKey } from '../tenants/certificate/certificate-key.js';
import { RESERVED_SLUGS } from '../tenants/reserved-slugs.js';
import { requireUnreserved, TenantLifecycle } from '../tenants/tenant-lifecycle.js';
import { Workers } from '../workers/workers.js';
import { FleetDeployment, type Seed } from './fleet-deployment.js';

const companionsOption = z.object({ companions: companionsSchema });

export interface FleetOptions {
  /** Its data source holds the migrations of tenants' tables (`migrations`). The caller closes it. */
  readonly registry: DataSourceRegistry;
  /** Connects as the login that owns the catalog, directly and not through a pooler. The caller closes it. */
  readonly catalog: Catalog;
  /** Migration classes for tables that all tenants read; they run before the migrations of tenants. */
  readonly sharedMigrations?: readonly (new () => MigrationInterface)[];
  /** Fills the tables of a new tenant. */
  readonly seed?: Seed;
  /** Writes a tenant's data below a folder before a purge: `exportToFolder` of `@rowhouse/transfer`. @see ExportTenant */
  readonly exportTenant?: ExportTenant;
  /** Keep contents of tenants that are not in PostgreSQL: `tenantFiles()` of `@rowhouse/files`. Default: none. */
  readonly companions?: readonly TenantCompanion[] | undefined;
  /** Signs the certificates of purges: an Ed25519 private key, PEM (PKCS #8). Default: they are not signed. */
  readonly certificateKey?: string | undefined;
  /** The options of the application's pool. */
  readonly pool?: TenancyPoolOptions;
  /** Slugs that no tenant may have. Default: names such as `www`, `api` and `admin`. */
  readonly reservedSlugs?: readonly string[];
}

/** @returns the path of what was written. */
export type ExportTenant = (
  fleet: Fleet,
  tenant: Tenant,
  folder: string,
  control: { readonly signal?: AbortSignal | undefined },
) => Promise<string>;

/** All tenants of a deployment, as an operator sees them. It opens no connections of its own, so it has no `close()`. */
export class Fleet {
  /** Creates, suspends, deletes, purges … tenants. */
  readonly tenants: TenantLifecycle;
  /** Runs and reverts the migrations of their schemas. */
  readonly migrations: FleetMigrations;
  /** Where Citus keeps the tables of tenants, and how they go elsewhere. */
  readonly workers: Workers;
  /** @internal For the packages of Rowhouse. */
  readonly deployment: FleetDeployment;
  readonly #reservedSlugs: readonly string[];

  /** Migrates the catalog to the version of this release. @throws {CatalogTooNewError} */
  static async open(options: FleetOptions): Promise<Fleet> {
    await options.catalog.migrate();
    return new Fleet(options);
  }

  private constructor({
    registry,
    catalog,
    sharedMigrations = [],
    seed,
    exportTenant = refuseExport,
    companions,
    certificateKey,
    pool = {},
    reservedSlugs = RESERVED_SLUGS,
  }: FleetOptions) {
    const { homeSchema, roles, limits, plans } = parsePoolOptions(pool);
    const shared = sharedMigrations.map((Migration) => new Migration());
    const deployment = new FleetDeployment({
      registry,
      catalog,
      set: new MigrationSet(registry.ambient.migrations, shared),
      homeSchema,
      systemRole: roles === false ? undefined : rolesOf(roles).system,
      seed,
      plans: new EffectivePlans({ limits, plans }),
      companions: parseOptions('Fleet', companionsOption, { companions }).companions,
    });
    const migrator = new HomeMigrator(deployment);
    this.deployment = deployment;
    this.#reservedSlugs = reservedSlugs;
    this.tenants = new TenantLifecycle({
      deployment,
      migrator,
      exportTenant: (tenant, folder, control) => exportTenant(this, tenant, folder, control),
      reservedSlugs,
      certificateKey: certificateKey === undefined ? undefined : new CertificateKey(certificateKey),
    });
    this.migrations = new FleetMigrations(deployment, migrator);
    this.workers = new Workers(deployment);
  }

  /** Compares each home with the result of running its migrations in an empty schema. */
  drift(selection: Selection = {}, options: DriftOptions = {}): Promise<DriftReport> {
    return findDrift(this.deployment, selection, options);
  }

  /**
   * Generates the migration that brings the migrations up to date with the entities. It names no schema.
   *
   * @returns `undefined` when entities and migrations agree.
   */
  generate(options: GenerateOptions): Promise<GeneratedMigration | undefined> {
    return generateMigration(this.deployment, options);
  }

  /** Turns the database of a single-tenant app into the first tenant, in one transaction. */
  async adopt(options: AdoptionOptions, control: AdoptionControl = {}): Promise<AdoptionReport> {
    requireUnreserved(options.tenant?.slug, this.#reservedSlugs);
    this.tenants.plans.requirePlan(options.tenant?.plan ?? DEFAULT_PLAN);
    return adopt(this.deployment, options, control);
  }

  /** Undoes an adoption, in one transaction. */
  undoAdoption(
    slug: string,
    options: UndoAdoptionOptions = {},
    control: { readonly signal?: AbortSignal } = {},
  ): Promise<AdoptionReport> {
    return undoAdoption(this.deployment, slug, options, control);
  }
}

function refuseExport(): never {
  throw new OptionsInvalidError('Fleet', [
    {
      field: 'exportTenant',
      expected: 'expected exportToFolder of @rowhouse/transfer, to export before a purge',
    },
  ]);
}
