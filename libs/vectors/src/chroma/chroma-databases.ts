import type { Tenant } from '@rowhouse/core';
import type { AdminClient, ChromaClient } from 'chromadb';
import { NOT_FOUND, NOT_UNIQUE, nameOf } from './chroma-errors.js';

/** Has each tenant's collections in a database of Chroma of its own. */
export interface ChromaDatabases {
  /** Makes and removes the databases. */
  readonly admin: AdminClient;
  /** A client of a database. All are of one tenant of Chroma. */
  readonly client: (database: string) => ChromaClient;
}

/** Where in Chroma the collections of a tenant are. */
export interface ChromaPlaces {
  clientOf(tenant: Tenant): ChromaClient;
  /** To be called before a collection is made. */
  prepare(tenant: Tenant): Promise<void>;
  /** To be called when the tenant has no collections left. */
  clear(tenant: Tenant): Promise<void>;
  heartbeat(): Promise<unknown>;
}

/** One database for all tenants. */
export function oneDatabase(client: ChromaClient): ChromaPlaces {
  return {
    clientOf: () => client,
    prepare: async () => {},
    clear: async () => {},
    heartbeat: () => client.heartbeat(),
  };
}

/** What Chroma has before anybody makes anything. */
const FIRST = { tenant: 'default_tenant', database: 'default_database' };

export function ownDatabases({ admin, client }: ChromaDatabases): ChromaPlaces {
  const databaseOf = (tenant: Tenant) => {
    const name = chromaDatabaseOf(tenant);
    return { name, tenant: client(name).tenant ?? FIRST.tenant };
  };
  return {
    clientOf: (tenant) => client(chromaDatabaseOf(tenant)),
    prepare: (tenant) => unless(NOT_UNIQUE, admin.createDatabase(databaseOf(tenant))),
    clear: (tenant) => unless(NOT_FOUND, admin.deleteDatabase(databaseOf(tenant))),
    heartbeat: () => client(FIRST.database).heartbeat(),
  };
}

export function chromaDatabaseOf({ id }: Pick<Tenant, 'id'>): string {
  return `tenant_${id.replaceAll('-', '')}`;
}

/** Somebody else may have been faster. */
async function unless(expected: string, done: Promise<void>): Promise<void> {
  await done.catch((error: unknown) => {
    if (nameOf(error) !== expected) throw error;
  });
}
