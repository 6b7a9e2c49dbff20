import { type Tenant, TenantContext } from '@rowhouse/core';
import type { DataSource } from 'typeorm';

/** Makes the schema of a tenant if it is not there yet. Its tables are the business of migrations. */
export async function createTenantSchema(dataSource: DataSource, tenant: Tenant): Promise<void> {
  await TenantContext.runAsSystem(`create the schema of tenant ${tenant.slug}`, () =>
    dataSource.query(`create schema if not exists "${tenant.schema}"`),
  );
}

/** Removes the schema of a tenant and everything in it, for good. */
export async function dropTenantSchema(dataSource: DataSource, tenant: Tenant): Promise<void> {
  await TenantContext.runAsSystem(`drop the schema of tenant ${tenant.slug}`, () =>
    dataSource.query(`drop schema if exists "${tenant.schema}" cascade`),
  );
}
