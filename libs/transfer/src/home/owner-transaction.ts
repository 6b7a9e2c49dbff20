import type { Tenant } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import { PLAIN_SETTINGS } from './plain-settings.js';
import { type Client, type HomeTable, nameOf } from './tables.js';

/** How long a lock is waited for. Who comes later waits behind. */
export const LOCK_TIMEOUT_SETTING = "set local lock_timeout = '10s'";

/** A table lock; the modes are PostgreSQL's. */
export interface TableLock {
  readonly table: HomeTable;
  readonly mode: 'access share' | 'row exclusive' | 'share row exclusive' | 'access exclusive';
}

export interface OwnerTransactionOptions {
  /** Default: none. */
  readonly locks?: readonly TableLock[];
  readonly level: IsolationLevel;
  /** Cancels the statement under way. */
  readonly signal?: AbortSignal | undefined;
}

/** Of a transaction, as BEGIN has it. */
export type IsolationLevel = 'repeatable read' | 'read committed';

/**
 * Runs `work` in a transaction of the owner in the home of a tenant, with tables locked. `work` commits; what it leaves open is rolled
 * back. With `repeatable read` the snapshot is taken by the pin, right before the locks: who writes in between makes a change of the
 * same row fail, and `work` is to be tried again.
 */
export async function inOwnerTransaction<T>(
  deployment: FleetDeployment,
  tenant: Tenant,
  { locks = [], level, signal }: OwnerTransactionOptions,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const pool = await deployment.registry.directPoolFor(tenant, { signal });
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query(`begin isolation level ${level}`);
    await client.query(
      [LOCK_TIMEOUT_SETTING, ...lockStatements(locks), PLAIN_SETTINGS, "set local timezone = 'UTC'"].join(
        '; ',
      ),
    );
    return await work(client);
  } catch (error) {
    failure = signal?.aborted ? (signal.reason as Error) : (error as Error);
    throw failure;
  } finally {
    // With an error the connection is closed, and PostgreSQL rolls back.
    client.release(failure);
  }
}

/** In one order for all, so that two that go opposite ways do not wait for each other. */
function lockStatements(locks: readonly TableLock[]): readonly string[] {
  return locks
    .map(({ table, mode }) => ({ name: nameOf(table), mode }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, mode }) => `lock table ${name} in ${mode} mode`);
}

/** Locks tables in the transaction of the connection. */
export async function lockAll(
  client: Client,
  tables: readonly HomeTable[],
  mode: TableLock['mode'],
): Promise<void> {
  if (tables.length === 0) return;
  await client.query(lockStatements(tables.map((table) => ({ table, mode }))).join('; '));
}
