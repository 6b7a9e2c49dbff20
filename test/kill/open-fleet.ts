import { Catalog, type Tenant } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations/fleet';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import type { EntityManager } from 'typeorm';
import { migrationsOf, type Release } from './releases.js';

/** The address of a deployment, for another process. */
export interface Address {
  /** Of the login that owns tenants' homes. */
  readonly ownerUrl: string;
  /** Of the application's login. */
  readonly loginUrl: string;
  /** Of the catalog, for the owner. */
  readonly catalogUrl: string;
  /** The prefix of its roles. */
  readonly roles: string;
  /** Of the database of its placement, if it has one. */
  readonly placement?: Pick<Address, 'ownerUrl' | 'loginUrl'> | undefined;
}

/** The name of the placement. */
export const PLACEMENT = 'elsewhere';

export interface FleetSettings {
  readonly release: Release;
  /** Whether new tenants are filled. */
  readonly seeds: boolean;
  /** The `application_name` of the connections. */
  readonly applicationName: string;
}

export interface OpenFleet {
  readonly fleet: Fleet;
  readonly registry: DataSourceRegistry;
  readonly catalog: Catalog;
  close(): Promise<void>;
}

export async function openFleet(
  { ownerUrl, loginUrl, catalogUrl, roles, placement }: Address,
  { release, seeds, applicationName }: FleetSettings,
): Promise<OpenFleet> {
  // The owner may not end the application's connections to a database that is dropped, and waits for that.
  const named = (url: string) => `${url}?application_name=${applicationName}`;
  const placements = placement && {
    [PLACEMENT]: { url: () => named(placement.loginUrl), ownerUrl: () => named(placement.ownerUrl) },
  };
  const tenancy = { roles, databases: { idleTimeoutMs: 500, ...(placements && { placements }) } };
  const directUrl = named(ownerUrl);
  const ambient = await openTenantDataSource(
    {
      type: 'postgres',
      url: loginUrl,
      poolSize: 3,
      applicationName,
      migrations: [...migrationsOf(release, roles)],
    },
    tenancy,
  );
  const registry = new DataSourceRegistry({ ambient, directUrl, tenancy });
  const catalog = new Catalog({ url: named(catalogUrl) });
  const fleet = await Fleet.open({
    registry,
    catalog,
    pool: tenancy,
    ...(seeds && { seed: fill }),
  });
  return {
    fleet,
    registry,
    catalog,
    async close() {
      await catalog.close();
      await registry.close();
      await ambient.destroy();
    },
  };
}

/** A seed runs at least once. */
async function fill(manager: EntityManager, { slug }: Tenant): Promise<void> {
  await manager.query(
    `insert into products (name) select $1 where not exists (select from products where name = $1)`,
    [`seeded for ${slug}`],
  );
}
