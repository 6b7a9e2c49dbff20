import { type TenancyPoolOptions, type Tenant, TenantHomes } from '@rowhouse/core';
import type { TestDatabase } from '@rowhouse/testing';

/** The `TenantHomes` of a test database: its superuser is the owner, its ordinary login the application's. The caller closes it. */
export function homesOf(
  { url, loginUrl }: Pick<TestDatabase, 'url' | 'loginUrl'>,
  pool?: TenancyPoolOptions,
): TenantHomes {
  return new TenantHomes({ owner: { url }, logins: [new URL(loginUrl).username], pool });
}

/** Prepares the homes of tenants, and grants all tenants the use of the shared schemas. */
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
