import { TenantContext, type TenantPool } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import fc from 'fast-check';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { type FleetMember, fleet } from './fleet.js';
import type { TenantModel } from './tenant-model.js';

/** The resources that the tenants share. */
export interface World {
  readonly registry: DataSourceRegistry;
  readonly pool: TenantPool;
  /** Direct connections of a superuser, for audits and to cancel statements. */
  readonly admin: pg.Pool;
  /** Whether there is a pooler between the pool and the server. */
  readonly pooled: boolean;
  /** Runs a step in a transaction of typeorm-transactional, where it is in place and `door` is the context. */
  readonly inTransaction: <T>(door: Door, work: () => Promise<T>) => Promise<T>;
  /** The lock for reads through the query cache. */
  readonly cacheTurnstile: <T>(work: () => Promise<T>) => Promise<T>;
}

/** One tenant's operations, which follow one another, while those of all tenants run at once. */
export interface Lane {
  readonly world: World;
  readonly model: TenantModel;
  /** Work that continues after its operation has finished. */
  readonly afterwards: Array<Promise<unknown>>;
}

/** The ways to a tenant's data. From `elsewhere` the registry is asked while another tenant's context is in force. */
export type Door = 'context' | 'registry' | 'elsewhere';

export const anyDoor = fc.constantFrom<Door>('context', 'registry', 'elsewhere');

/** Runs `work` on the tenant's data source, as reached through `door`. */
export function throughDoor<T>(
  door: Door,
  { world, model }: Lane,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const { registry } = world;
  const { tenant } = model.member;
  if (door === 'context') return TenantContext.run(tenant, () => work(registry.ambient));
  if (door === 'registry') return work(registry.for(tenant));
  return inForeignContext(model.member, () => work(registry.for(tenant)));
}

/** The same for code that uses the pool without TypeORM. */
export function throughPool<T>(
  door: Door,
  { world, model }: Lane,
  work: (pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const { pool } = world;
  const { tenant } = model.member;
  if (door === 'context') return TenantContext.run(tenant, () => work(pool));
  if (door === 'registry') return work(pool.for(tenant));
  return inForeignContext(model.member, () => work(pool.for(tenant)));
}

/** Runs `work` with a client, and releases the client without an error, also after a failure. */
export function withClient<T>(
  door: Door,
  lane: Lane,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return throughPool(door, lane, async (pool) => {
    const client = await pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  });
}

export function inForeignContext<T>(member: FleetMember, work: () => T): T {
  return TenantContext.run(neighbourOf(member).tenant, work);
}

export function neighbourOf(member: FleetMember): FleetMember {
  const neighbour = fleet[(fleet.indexOf(member) + 1) % fleet.length];
  if (!neighbour) throw new RangeError('A fleet has members.');
  return neighbour;
}
