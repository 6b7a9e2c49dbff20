import { type TenancyPoolOptions, type Tenant, TenantHomes } from '@rowhouse/core';
import type { TestDatabase } from '@rowhouse/testing';

/** The homes of a test database, made by its superuser for its ordinary login. Close them. */
export function homesOf(
  { url, loginUrl }: Pick<TestDatabase, 'url' | 'loginUrl'>,
  pool?: TenancyPoolOptions,
): TenantHomes {
  return new TenantHomes({ owner: { url }, logins: [new URL(loginUrl).username], pool });
}

/** Makes the homes of tenants, and gives all tenants what the shared schemas hold now. */
export async function prepareHomes(
  database: TestDatabase,
  tenants: readonly Tenant[],
  pool?: TenancyPoolOptions,
): Promise<void> {
  const homes = homesOf(database, pool);
  try {
    await homes.prepareDeployment();
    for (const tenant of tenants) await homes.prepare(tenant);
  } finally {
    await homes.close();
  }
}
