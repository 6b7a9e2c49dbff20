import { randomBytes, randomUUID } from 'node:crypto';
import type { SchemaName, Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
import { standIn } from '../homes/home.js';

/** An empty schema of nobody's, that only one transaction sees. */
export interface ScratchHome {
  readonly tenant: Tenant;
  /** The transaction. */
  readonly runner: QueryRunner;
  /** A data source whose every query runs in the transaction. */
  readonly dataSource: DataSource;
}

/** Milliseconds that the transaction waits for locks on shared tables, which it takes where it refers to them. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Runs `work` in a schema made for it, as the owner, and rolls all of it back: nothing is left, whatever happens to this
 * process.
 */
export async function inScratchHome<T>(
  registry: DataSourceRegistry,
  work: (scratch: ScratchHome) => Promise<T>,
): Promise<T> {
  // The name is random, so that it can be told from everything else in a text.
  const schema = `rowhouse_scratch_${randomBytes(8).toString('hex')}` as SchemaName;
  const tenant = standIn({ id: randomUUID(), isolation: 'schema', schema });
  const dataSource = await registry.directFor(tenant, { mayBeMissing: true });
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query(`create schema "${schema}"`);
    await runner.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const confined = Object.assign(runner, { release: async () => {} });
    Object.assign(dataSource, { createQueryRunner: () => confined });
    return await work({ tenant, runner, dataSource });
  } finally {
    const { release } = Object.getPrototypeOf(runner) as QueryRunner;
    await endTransaction(runner);
    await release.call(runner);
  }
}

/** What `work` left open in TypeORM's count of savepoints goes with the transaction. */
async function endTransaction(runner: QueryRunner): Promise<void> {
  const client: { query(text: string): Promise<unknown> } = await runner.connect();
  await client.query('rollback').catch(() => {});
}
