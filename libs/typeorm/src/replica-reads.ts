import {
  type ReplicaReadStats,
  type TenancyPoolOptions,
  type Tenant,
  TenantContext,
  type TenantPool,
} from '@rowhouse/core';
import { parsePoolOptions, type Reader, ReplicaReads } from '@rowhouse/core/internal';
import type { PoolClient } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { define, driverOf, type PostgresDriver, poolOf } from './driver-parts.js';

const READS = Symbol('rowhouse.replicaReads');

/** What TypeORM expects of its driver for a connection to read by. */
type Obtained = [PoolClient, PoolClient['release']];
type ReplicatedDriver = PostgresDriver & {
  [READS]?: ReplicaReads | undefined;
  readonly postgres: { readonly Pool: new (config: object) => TenantPool };
  createPool(options: DataSourceOptions, credentials: object): Promise<TenantPool>;
};

/** Sends what TypeORM would read from a random replica to one that has what its reader must see, or to the primary. */
export async function routeReads(base: PostgresDriver, tenancy: TenancyPoolOptions): Promise<void> {
  if (!base.isReplicated) return;
  const driver = base as ReplicatedDriver;
  const { connect, disconnect, createPool } = driver;
  const begin = async () => {
    const { master, slaves } = driver;
    if (!master || slaves.length === 0) return;
    const reads = new ReplicaReads(master, slaves, parsePoolOptions(tenancy));
    define(driver, { [READS]: reads });
    await reads.begin();
  };
  define(driver, {
    async connect(): Promise<void> {
      await connect.call(driver);
      await begin();
    },
    async disconnect(): Promise<void> {
      await driver[READS]?.end();
      define(driver, { [READS]: undefined });
      await disconnect.call(driver);
    },
    createPool: (options: DataSourceOptions, credentials: object) =>
      isReplica(driver, credentials)
        ? createUnreached(driver, (maker) => createPool.call(maker, options, credentials))
        : createPool.call(driver, options, credentials),
    obtainSlaveConnection: () => {
      const scope = TenantContext.scope();
      const tenant = scope?.kind === 'tenant' ? scope.tenant : undefined;
      return obtainReader(driver, { tenant, of: (pool) => pool });
    },
  });
  await begin();
}

/** What stands in the driver of a reader's own for TypeORM's choice of a replica; nothing for a driver without replicas. */
export function readsOf(base: PostgresDriver, reader: Reader): object {
  return base.isReplicated
    ? { obtainSlaveConnection: () => obtainReader(base as ReplicatedDriver, reader) }
    : {};
}

async function obtainReader(driver: ReplicatedDriver, reader: Reader): Promise<Obtained> {
  const { [READS]: reads } = driver;
  const client = await (reads ? reads.connect(reader) : reader.of(poolOf(driver)).connect());
  return [client, client.release];
}

/** As {@link ReplicaReads.writtenSince}; `undefined` without replicas. */
export async function writtenSince(
  ambient: DataSource,
  since: number,
  tenant: Tenant,
): Promise<bigint | undefined> {
  return (driverOf(ambient) as ReplicatedDriver)[READS]?.writtenSince(since, tenant);
}

/** Where reads of a driver went; `undefined` without replicas. */
export function replicaStatsOf(driver: PostgresDriver): ReplicaReadStats | undefined {
  return (driver as ReplicatedDriver)[READS]?.stats();
}

function isReplica({ options }: PostgresDriver, credentials: object): boolean {
  const { replication } = options as { replication?: { readonly slaves: readonly object[] } };
  return replication?.slaves.includes(credentials) ?? false;
}

/** The pool of a replica, also where nothing answers there yet: TypeORM would not begin, though the primary could serve. */
async function createUnreached(
  driver: ReplicatedDriver,
  create: (maker: ReplicatedDriver) => Promise<TenantPool>,
): Promise<TenantPool> {
  let made: TenantPool | undefined;
  class NotedPool extends driver.postgres.Pool {
    constructor(config: object) {
      super(config);
      made = this;
    }
  }
  const postgres = { ...driver.postgres, Pool: NotedPool };
  try {
    return await create(define(Object.create(driver) as ReplicatedDriver, { postgres }));
  } catch (error) {
    if (!made) throw error;
    return made;
  }
}
