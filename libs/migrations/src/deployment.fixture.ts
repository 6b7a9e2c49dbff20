import { randomBytes } from 'node:crypto';
import {
  Catalog,
  type NewTenant,
  PostgresTenantStore,
  parseTenant,
  type TenancyPoolOptions,
  type Tenant,
} from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSourceOptions, MigrationInterface } from 'typeorm';
import { type CatalogDatabase, createCatalogDatabase } from '../../../test/support/catalog-database.js';
import { dropRoles } from '../../../test/support/roles.js';
import { Fleet, type FleetOptions } from './fleet/fleet.js';
import { FleetDeployment } from './fleet/fleet-deployment.js';
import { MigrationSet } from './homes/migration-set.js';

type MigrationClass = new () => MigrationInterface;

export interface DeploymentOptions {
  readonly migrations?: readonly MigrationClass[];
  readonly entities?: DataSourceOptions['entities'];
  readonly pool?: TenancyPoolOptions;
  /** Default: TypeORM's. */
  readonly migrationsTableName?: string | undefined;
  /** Dropped with the deployment. Default: a new one, whose owner is a superuser. */
  readonly database?: CatalogDatabase;
}

/** A migration class that runs these statements. */
export function migration(
  name: string,
  up: readonly string[],
  down: readonly string[] = [],
  options: { transaction?: boolean } = {},
): MigrationClass {
  const named = {
    [name]: class implements MigrationInterface {
      transaction = options.transaction;
      async up(runner: Parameters<MigrationInterface['up']>[0]) {
        for (const text of up) await runner.query(text);
      }
      async down(runner: Parameters<MigrationInterface['up']>[0]) {
        for (const text of down) await runner.query(text);
      }
    },
  };
  return named[name] as MigrationClass;
}

/** A database with the catalog, a registry and a store, for suites of this package. */
export async function openDeployment({
  migrations = [],
  entities = [],
  pool: poolOptions = {},
  migrationsTableName,
  database: given,
}: DeploymentOptions = {}) {
  const database = given ?? (await createCatalogDatabase());
  const prefix = `mig_${randomBytes(5).toString('hex')}`;
  const tenancy: TenancyPoolOptions = { roles: prefix, ...poolOptions };
  const catalog = new Catalog({ url: database.ownerUrl });
  await catalog.migrate();
  const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 6 });
  pool.on('error', () => {});
  const store = new PostgresTenantStore({ pool });
  const open = async (classes: readonly MigrationClass[]) => {
    const ambient = await openTenantDataSource(
      {
        type: 'postgres',
        url: database.loginUrl,
        poolSize: 4,
        entities,
        migrations: [...classes],
        migrationsTableName,
      },
      tenancy,
    );
    return new DataSourceRegistry({ ambient, directUrl: database.ownerUrl, tenancy });
  };
  const registry = await open(migrations);
  const opened = [registry];
  return {
    database,
    prefix,
    tenancy,
    catalog,
    /** Connects as the owner of the catalog, for what tests read and change without using the library. */
    pool,
    store,
    registry,
    /** A registry for another release of the app, on the same database. Closed with the deployment. */
    async release(classes: readonly MigrationClass[]) {
      const other = await open(classes);
      opened.push(other);
      return other;
    },
    /** The fleet of a release with these migrations. */
    async fleet(
      classes: readonly MigrationClass[] = migrations,
      options: Partial<FleetOptions> = {},
    ): Promise<Fleet> {
      const other = await open(classes);
      opened.push(other);
      return Fleet.open({ registry: other, catalog, pool: tenancy, ...options });
    },
    /** The dependencies that functions of this package take. */
    parts(other: DataSourceRegistry = registry): FleetDeployment {
      const set = new MigrationSet(other.ambient.migrations);
      return new FleetDeployment({ registry: other, catalog, set, homeSchema: 'public' });
    },
    /** A tenant with an empty home. */
    async tenant(slug: string, fields: Partial<NewTenant> = {}): Promise<Tenant> {
      const tenant = await store.create({ slug, ...fields });
      await registry.homes.prepare(tenant);
      return tenant;
    },
    async close() {
      for (const one of opened) {
        await one.close();
        await one.ambient.destroy();
      }
      const { rows: own } = await pool.query(
        `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants where isolation = 'database'`,
      );
      for (const tenant of own.map(parseTenant))
        await pool.query(
          `drop database if exists ${pg.escapeIdentifier(databaseNameOf(tenant))} with (force)`,
        );
      await catalog.close();
      await pool.end();
      await database.drop();
      await dropRoles(prefix);
    },
  };
}

export type Deployment = Awaited<ReturnType<typeof openDeployment>>;
