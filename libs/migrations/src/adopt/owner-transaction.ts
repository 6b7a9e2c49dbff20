import { OwnerPrivilegeMissingError, type Tenant } from '@rowhouse/core';
import { lockKeyOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationConflictError } from '../errors.js';
import { ROWS_HOME } from '../homes/home.js';

interface OwnerTransactionOptions {
  readonly registry: DataSourceRegistry;
  /** The tenant of the pin; its home need not exist yet. */
  readonly tenant: Tenant;
  readonly lockTimeoutMs: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A transaction of the login that owns the homes. It records the statements that change something. */
export class OwnerTransaction {
  readonly statements: string[] = [];

  readonly #signal: AbortSignal | undefined;

  constructor(
    readonly dataSource: DataSource,
    readonly runner: QueryRunner,
    readonly client: Pick<pg.ClientBase, 'query'>,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal;
  }

  async change(text: string, values: readonly unknown[] = []): Promise<void> {
    this.#signal?.throwIfAborted();
    this.statements.push(text);
    await this.client.query(text, [...values]);
  }

  async changeAll(texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.change(text);
  }

  async read<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.#signal?.throwIfAborted();
    return (await this.client.query<Row>(text, [...values])).rows;
  }
}

/**
 * Runs `work` in one transaction as the owner, and rolls back if it is a dry run. Locks make sure that no other adoption and
 * no migration of the home runs at the same time.
 *
 * @throws {MigrationConflictError} when another session holds a lock for longer than the timeout, or a name is taken.
 * @throws {OwnerPrivilegeMissingError} when the owner lacks a privilege.
 */
export async function inOwnerTransaction<T>(
  { registry, tenant, lockTimeoutMs, dryRun, signal }: OwnerTransactionOptions,
  work: (owner: OwnerTransaction) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const dataSource = await registry.directFor(tenant, { mayBeMissing: true });
  const runner = dataSource.createQueryRunner();
  try {
    const client: pg.PoolClient = await runner.connect();
    await runner.startTransaction();
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`);
    for (const id of [ROWS_HOME.id, tenant.id])
      await client.query('select rowhouse.lock_until_commit($1)', [lockKeyOf('home', id)]);
    const result = await work(new OwnerTransaction(dataSource, runner, client, signal));
    await (dryRun ? runner.rollbackTransaction() : runner.commitTransaction());
    return result;
  } catch (error) {
    throw explained(error);
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    await runner.release();
  }
}

const NAME_TAKEN = new Set(['42P06', '42P07', '42710', '42723']);

function explained(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code === '42501') return new OwnerPrivilegeMissingError(error);
  if (code === '55P03')
    return new MigrationConflictError(
      'Another session holds a lock on these tables. Nothing was changed. Stop the application, or try again with a longer lockTimeoutMs.',
      error,
    );
  if (code && NAME_TAKEN.has(code))
    return new MigrationConflictError(
      `Nothing was changed: ${message}. Rename or drop one of the two.`,
      error,
    );
  if (error instanceof pg.DatabaseError)
    return new MigrationConflictError(
      `Nothing was changed: ${[message, error.detail, error.where].filter(Boolean).join('. ')}.`,
      error,
    );
  return error;
}
