import { deepStrictEqual, ok } from 'node:assert/strict';
import type { PinMode, TenancyPoolOptions, TenantPool } from '@rowhouse/core';
import { expectNoLeaks } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import fc from 'fast-check';
import pg from 'pg';
import { addTransactionalDataSource, deleteDataSourceByName, runInTransaction } from 'typeorm-transactional';
import { checkSeeded } from '../support/seeded-property.js';
import { SharedMemoryCache } from '../support/shared-memory-cache.js';
import { shop } from '../support/shop.js';
import { makeTurnstile } from './cached-reads.js';
import { anyTurn, type Turn, takeTurn } from './commands.js';
import { Counter } from './counter.js';
import type { World } from './doors.js';
import { auditFleet, fleet, resetFleet } from './fleet.js';
import { anyProgram } from './programs.js';
import { TenantModel } from './tenant-model.js';

export interface IsolationSetting {
  readonly name: string;
  /** The URL for the pool. */
  readonly url: string;
  /** A superuser's URL of the server itself, not through a pooler. */
  readonly adminUrl: string;
  /** Whether `url` leads to a pooler. Default false. */
  readonly pooled?: boolean;
  readonly pin: PinMode;
  readonly poolSize: number;
  /** Where TypeORM stores cached results: in a table, or in memory. All tenants share it. */
  readonly cache: 'table' | 'memory';
  readonly runs: number;
  /** Whether the ambient data source is given to typeorm-transactional, and steps in a context run in its transactions. */
  readonly transactional?: boolean;
}

/** Whatever the tenants do at the same time, each has its own rows, sequences and cached results, and no others. */
export async function checkIsolation(setting: IsolationSetting): Promise<void> {
  const admin = new pg.Pool({ connectionString: setting.adminUrl, max: 4 });
  try {
    const property = fc.asyncProperty(anyProgram(anyTurn, 6), (lanes) => runProgram(lanes, setting, admin));
    await checkSeeded(property, setting);
  } finally {
    await admin.end();
  }
}

async function runProgram(
  lanes: readonly Turn[][],
  setting: IsolationSetting,
  admin: pg.Pool,
): Promise<void> {
  await resetFleet(admin);
  const models = fleet.map((member) => new TenantModel(member));
  const { registry, pool } = await openRegistry(setting);
  const world: World = {
    registry,
    pool,
    admin,
    pooled: setting.pooled ?? false,
    inTransaction: (door, work) =>
      setting.transactional && door === 'context' ? runInTransaction(work) : work(),
    cacheTurnstile: setting.cache === 'table' ? makeTurnstile() : (work) => work(),
  };
  if (setting.transactional) addTransactionalDataSource(registry.ambient);
  try {
    const outcomes = await Promise.allSettled(
      models.map((model, index) => runLane(lanes[index] ?? [], model, world)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    await auditFleet(admin, models);
    const pins = setting.pin === 'session' ? 'kept' : 'none';
    await expectNoLeaks({
      dataSource: registry.ambient,
      url: setting.adminUrl,
      pins,
      // PostgreSQL reports this setting as changed after a transaction has set an isolation level.
      allowedSettings: ['transaction_isolation'],
    });
    const { databases, ...shared } = pool.stats();
    for (const { total, idle, waiting } of [shared, ...databases.values()])
      deepStrictEqual({ idle, waiting }, { idle: total, waiting: 0 });
    ok(shared.total <= setting.poolSize, `${shared.total} connections`);
    const toDatabases = [...databases.values()].reduce((sum, { total }) => sum + total, 0);
    ok(toDatabases <= setting.poolSize, `${toDatabases} connections to databases`);
  } finally {
    if (setting.transactional) deleteDataSourceByName('default');
    await registry.close();
    await registry.ambient.destroy();
  }
}

async function openRegistry({ url, adminUrl, pin, poolSize, cache }: IsolationSetting) {
  // Without a guard, because what it refuses must do no harm by itself.
  const tenancy: TenancyPoolOptions = {
    pin,
    guard: { mode: 'off' },
    databases: { maxConnections: poolSize },
  };
  const ambient = await openTenantDataSource(
    {
      type: 'postgres',
      url,
      poolSize,
      entities: [...shop.entities, Counter],
      cache: cache === 'table' || { provider: () => new SharedMemoryCache() },
      connectTimeoutMS: 60_000,
    },
    tenancy,
  );
  const { master } = ambient.driver as unknown as { master: TenantPool };
  return { registry: new DataSourceRegistry({ ambient, directUrl: adminUrl, tenancy }), pool: master };
}

async function runLane(turns: readonly Turn[], model: TenantModel, world: World): Promise<void> {
  const afterwards: Array<Promise<unknown>> = [];
  try {
    for (const turn of turns) await takeTurn(turn, { world, model, afterwards });
  } catch (error) {
    throw Object.assign(error as Error, { message: `${model.member.mark}: ${(error as Error).message}` });
  } finally {
    await Promise.allSettled(afterwards);
  }
  await Promise.all(afterwards);
}
