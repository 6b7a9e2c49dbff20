import type { Catalog } from '@rowhouse/core';
import type { ExportTenant, Fleet } from '@rowhouse/migrations/fleet';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { PostgresOptions } from '@rowhouse/typeorm/internal';
import type { DataSourceOptions } from 'typeorm';
import type { Io } from '../shell/io.js';
import { loadInLittleMemory } from '../shell/little-memory.js';
import { requireConfig, resolveTarget, type Target, type TargetOptions } from './target.js';

/** Opens the data sources of a deployment, runs `work`, and closes them. */
export async function withRegistry<T>(
  target: Target,
  work: (registry: DataSourceRegistry) => Promise<T>,
): Promise<T> {
  const { DataSourceRegistry, openTenantDataSource } = await import('@rowhouse/typeorm');
  const ambient = await openTenantDataSource(await dataSourceOptionsOf(target), target.pool);
  // Without a URL of its own the owner has the address of the data source.
  const { connectionString: directUrl } = target.owner;
  const registry = new DataSourceRegistry({ ambient, directUrl, tenancy: target.pool });
  try {
    return await work(registry);
  } finally {
    await registry.close();
    await ambient.destroy();
  }
}

export interface FleetNeeds {
  /** The command uses the application's migrations, so it needs a config: without one it would do the wrong thing. */
  readonly app: boolean;
  /** The command moves rows, many of them perhaps, and ends. */
  readonly movesRows?: boolean;
}

/**
 * Opens the fleet of a deployment, runs `work`, and closes its connections.
 *
 * @throws {UnusableError} when the command needs a config and there is none.
 */
export async function withFleet<T>(
  options: TargetOptions,
  io: Io,
  needs: FleetNeeds,
  work: (fleet: Fleet, target: Target, catalog: Catalog) => Promise<T>,
): Promise<T> {
  const loaded = needs.movesRows ? loadInLittleMemory() : () => {};
  const target = await resolveTarget(options, io);
  if (needs.app) requireConfig(target);
  const { Catalog } = await import('@rowhouse/core');
  const { Fleet } = await import('@rowhouse/migrations/fleet');
  return withRegistry(target, async (registry) => {
    const { pool, owner } = target;
    const {
      sharedMigrations: shared = [],
      seed,
      reservedSlugs,
      companions,
      certificateKey,
    } = target.config?.config ?? {};
    const globs = await target.config?.globModules();
    const sharedMigrations = await globs?.migrationsIn(shared);
    const catalog = new Catalog(owner);
    try {
      const fleet = await Fleet.open({
        registry,
        catalog,
        sharedMigrations,
        seed,
        exportTenant,
        reservedSlugs,
        companions,
        certificateKey,
        pool,
      });
      if (needs.movesRows) await import('@rowhouse/transfer');
      loaded();
      return await work(fleet, target, catalog);
    } finally {
      await catalog.close();
    }
  });
}

const exportTenant: ExportTenant = async (...all) => {
  const { exportToFolder } = await import('@rowhouse/transfer');
  return exportToFolder(...all);
};

/** The application's options for the target database. Without logging, which writes to stdout, and without replicas and caches. */
async function dataSourceOptionsOf({ app, config }: Target): Promise<DataSourceOptions> {
  const { optionsAt } = await import('@rowhouse/typeorm/internal');
  const globs = await config?.globModules();
  const given = config ? await globs?.optionsOf(config.config.dataSource) : { type: 'postgres' };
  return {
    ...optionsAt(given as PostgresOptions, app),
    logging: false,
    logger: undefined,
    cache: undefined,
  } as DataSourceOptions;
}
