import { type TenancyPoolOptions, TenantContext, type TenantPool } from '@rowhouse/core';
import { DataSource } from 'typeorm';
import { type PostgresOptions, tenantDataSourceOptions } from './data-source-options.js';
import { define, driverOf, type PostgresDriver, poolOf } from './driver-parts.js';

/** The most connections of the owner. They are opened when migrations run at the same time. */
const POOL_SIZE = 16;

/**
 * Connections of the login that owns the tenants' schemas, made by TypeORM's driver as those of the ambient data source are.
 *
 * They are no data source: a second one with the same entities would take the classes that extend `BaseEntity` away from
 * the ambient one, and their statements would run as the owner.
 */
export class OwnerConnections {
  readonly driver: PostgresDriver;

  private constructor(driver: PostgresDriver) {
    this.driver = driver;
  }

  /** @param options - of the ambient data source, with the address of the owner. */
  static async open(
    ambient: DataSource,
    options: PostgresOptions,
    tenancy: TenancyPoolOptions,
  ): Promise<OwnerConnections> {
    const { replication: _, cache: __, ...single } = options;
    // It is never initialized. It lends its driver, which looks at the entities for the extensions that they need.
    const log = (line: string) => ambient.logger.log('info', line);
    const pool: TenancyPoolOptions = { ...tenancy, guard: { mode: 'off' } }; // No tenant sends statements over it.
    const lender = new DataSource(tenantDataSourceOptions({ ...single, poolSize: POOL_SIZE }, pool, log));
    define(lender, { logger: ambient.logger, entityMetadatas: ambient.entityMetadatas });
    const driver = driverOf(lender);
    await TenantContext.runAsLogin('TypeORM opens the connections of the owner', async () => {
      await driver.connect();
      try {
        await driver.afterConnect();
      } catch (error) {
        await driver.disconnect();
        throw error;
      }
    });
    return new OwnerConnections(driver);
  }

  get pool(): TenantPool {
    return poolOf(this.driver);
  }

  close(): Promise<void> {
    return this.driver.disconnect();
  }
}
