import { randomBytes } from 'node:crypto';
import {
  databaseNameOf,
  migrateCatalog,
  type NewTenant,
  PostgresTenantStore,
  parseTenant,
  type TenancyPoolOptions,
  type Tenant,
} from '@rowhouse/core';
import { createTestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSourceOptions, MigrationInterface } from 'typeorm';
import { dropRoles } from '../../../test/support/roles.js';
import { Fleet, type FleetOptions } from './fleet.js';

type MigrationClass = new () => MigrationInterface;

export interface DeploymentOptions {
  readonly migrations?: readonly MigrationClass[];
  readonly entities?: DataSourceOptions['entities'];
  readonly pool?: TenancyPoolOptions;
}

/** A migration of these statements; a function gives statements that are known only when it runs. */
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
export async function openDeployment({ migrations = [], entities = [], pool = {} }: DeploymentOptions = {}) {
  const database = await createTestDatabase();
  const prefix = `mig_${randomBytes(5).toString('hex')}`;
  const tenancy: TenancyPoolOptions = { roles: prefix, ...pool };
  const catalog = new pg.Pool({ connectionString: database.url, max: 6 });
  catalog.on('error', () => {});
  await migrateCatalog(catalog);
  const store = new PostgresTenantStore({ pool: catalog });
  const open = async (classes: readonly MigrationClass[]) => {
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: database.loginUrl, poolSize: 4, entities, migrations: [...classes] },
      tenancy,
    );
    return new DataSourceRegistry({ ambient, directUrl: database.url, tenancy });
  };
  const registry = await open(migrations);
  const opened = [registry];
  const fleets: Fleet[] = [];
  return {
    database,
    prefix,
    tenancy,
    catalog,
    store,
    registry,
    /** The same deployment as another release sees it. Closed with the deployment. */
    async release(classes: readonly MigrationClass[]) {
      const other = await open(classes);
      opened.push(other);
      return other;
    },
    /** The deployment as an operator sees it who has these migrations. */
    async fleet(
      classes: readonly MigrationClass[] = migrations,
      options: Partial<FleetOptions> = {},
    ): Promise<Fleet> {
      const other = await open(classes);
      opened.push(other);
      const fleet = await Fleet.open({
        registry: other,
        catalogUrl: database.url,
        pool: tenancy,
        ...options,
      });
      fleets.push(fleet);
      return fleet;
    },
    /** A tenant with its home, and nothing in it. */
    async tenant(slug: string, fields: Partial<NewTenant> = {}): Promise<Tenant> {
      const tenant = await store.create({ slug, ...fields });
      await registry.homes.prepare(tenant);
      return tenant;
    },
    async close() {
      for (const fleet of fleets) await fleet.close();
      for (const one of opened) {
        await one.close();
        await one.ambient.destroy();
      }
      const { rows: own } = await catalog.query(
        `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants where isolation = 'database'`,
      );
      for (const tenant of own.map(parseTenant))
        await catalog.query(
          `drop database if exists ${pg.escapeIdentifier(databaseNameOf(tenant))} with (force)`,
        );
      await catalog.end();
      await database.drop();
      await dropRoles(prefix);
    },
  };
}

export type Deployment = Awaited<ReturnType<typeof openDeployment>>;
