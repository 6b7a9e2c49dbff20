import type { Fleet } from '@rowhouse/migrations/fleet';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { type Io, UnusableError } from './io.js';
import { resolveTarget, type Target, type TargetOptions } from './target.js';

/** Opens the data sources of a deployment for as long as the work takes. */
export async function withRegistry<T>(
  target: Target,
  work: (registry: DataSourceRegistry) => Promise<T>,
): Promise<T> {
  const { DataSourceRegistry, openTenantDataSource } = await import('@rowhouse/typeorm');
  const ambient = await openTenantDataSource(dataSourceOptionsOf(target), target.pool);
  const registry = new DataSourceRegistry({ ambient, directUrl: target.directUrl, tenancy: target.pool });
  try {
    return await work(registry);
  } finally {
    await registry.close();
    await ambient.destroy();
  }
}

export interface FleetNeeds {
  /** What is to be done takes the application's migrations: without a config it would do the wrong thing. */
  readonly app: boolean;
}

/**
 * Opens the fleet of a deployment for as long as the work takes.
 *
 * @throws {UnusableError} when a config is needed and there is none.
 */
export async function withFleet<T>(
  options: TargetOptions,
  io: Io,
  needs: FleetNeeds,
  work: (fleet: Fleet, target: Target) => Promise<T>,
): Promise<T> {
  const target = await resolveTarget(options, io);
  if (needs.app && !target.config) {
    throw new UnusableError(
      "This takes the application's entities and migrations. `rowhouse init` makes a rowhouse.config.ts; or give --config.",
    );
  }
  const { Catalog } = await import('@rowhouse/core');
  const { Fleet } = await import('@rowhouse/migrations/fleet');
  return withRegistry(target, async (registry) => {
    const { pool, ssl, directUrl: url } = target;
    const { sharedMigrations = [], seed, reservedSlugs } = target.config?.config ?? {};
    const catalog = new Catalog({ url, ssl });
    try {
      const fleet = await Fleet.open({
        registry,
        catalog,
        sharedMigrations,
        seed,
        reservedSlugs,
        pool,
      });
      return await work(fleet, target);
    } finally {
      await catalog.close();
    }
  });
}

/** The application's, on our database. It logs to stdout, where only reports belong; replicas and caches are not ours to use. */
function dataSourceOptionsOf({ url, config }: Target): DataSourceOptions {
  const options = config?.config.dataSource ?? { type: 'postgres' };
  return {
    ...options,
    url,
    logging: false,
    logger: undefined,
    replication: undefined,
    cache: undefined,
  } as DataSourceOptions;
}
