import { type Tenant, TenantContext } from '@rowhouse/core';
import { createTestDatabase } from '@rowhouse/testing';
import type { DataSourceOptions } from 'typeorm';
import { makeTenant } from '../../../../test/support/tenants.js';
import { DataSourceRegistry } from '../data-source-registry.js';
import { missingRowSecurity, TenantEntityDataSource } from '../rows/index.js';
import { openTenantDataSource } from '../tenant-data-source.js';

/** The tables of some entities for tenants of all isolations: one has a schema, two share tables, one has a database. */
export async function openThreeHomes(options: Pick<DataSourceOptions, 'entities' | 'logger'>) {
  const database = await createTestDatabase();
  const tenants = {
    schema: makeTenant('acme'),
    row: makeTenant('globex', { isolation: 'row' }),
    database: makeTenant('initech', { isolation: 'database' }),
    /** Shares tables with the tenant `row`. */
    neighbour: makeTenant('hooli', { isolation: 'row' }),
  };
  const ambient = await openTenantDataSource({ type: 'postgres', url: database.loginUrl, ...options });
  const registry = new DataSourceRegistry({ ambient, directUrl: database.url });
  for (const tenant of Object.values(tenants)) await registry.homes.prepare(tenant);
  for (const tenant of [tenants.schema, tenants.database]) await registry.for(tenant).synchronize();

  const owner = await new TenantEntityDataSource({
    type: 'postgres',
    url: database.url,
    entities: options.entities,
  }).initialize();
  await owner.synchronize();
  for (const statement of (await missingRowSecurity(owner))?.up ?? []) await owner.query(statement);
  await owner.destroy();
  await registry.homes.repairShared();

  return {
    database,
    tenants,
    ambient,
    registry,
    as: <T>(tenant: Tenant, work: () => Promise<T>): Promise<T> => TenantContext.run(tenant, work),
    async close() {
      await registry.homes.remove(tenants.database);
      await registry.close();
      await ambient.destroy();
      await database.drop();
    },
  };
}

export type ThreeHomes = Awaited<ReturnType<typeof openThreeHomes>>;

export const ISOLATIONS = ['schema', 'row', 'database'] as const;
