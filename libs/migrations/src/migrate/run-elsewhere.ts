import { failedStatementOf, runScript, type ScriptStatement } from '@rowhouse/core/internal';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, hashOf } from '../homes/history.js';
import { HistoryTables } from '../homes/history-tables.js';
import type { Home } from '../homes/home.js';
import { type Migration, namesOf } from '../homes/migration-set.js';
import { noteFailedStatement } from '../recording/failed-statement.js';
import { HistoryChangedError } from './migration-errors.js';

export interface ScriptedChange {
  readonly change: Change;
  readonly migrations: readonly Migration[];
  /** The statements of the migrations in this home. */
  readonly script: readonly ScriptStatement[];
  readonly lockTimeoutMs: number;
}

/**
 * Changes the schema of a tenant on a placement by a script, in one transaction of its database. The process holds the home's lock.
 *
 * @param lost - is aborted when it does so no longer.
 * @throws {HistoryChangedError} when the home's history is not the one that the change starts from.
 */
export async function runElsewhere(
  { registry }: Pick<FleetDeployment, 'registry'>,
  home: Home,
  { change, migrations, script, lockTimeoutMs }: ScriptedChange,
  lost: AbortSignal,
): Promise<void> {
  const tables = new HistoryTables(registry.ambient, home.tenant.schema);
  const pool = await registry.directPoolFor(home.tenant);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = ${Math.round(lockTimeoutMs)}`);
    const { rows } = await client.query<{ name: string }>(
      `select name from ${tables.qualified({ isShared: false })} order by id`,
    );
    const names = namesOf(
      rows.map(({ name }) => name),
      { isShared: false },
    );
    if (hashOf(names) !== hashOf(change.base)) throw new HistoryChangedError(home.label);
    lost.throwIfAborted();
    await runScript(client, [
      ...script,
      ...tables.recordStatements(change.direction, migrations, { byPath: true }),
    ]).catch((error: unknown) => {
      const failed = script[failedStatementOf(error) ?? 0];
      if (failed) noteFailedStatement(error, { text: failed.text, before: 0 });
      throw error;
    });
    lost.throwIfAborted();
    await client.query('commit');
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    client.release();
  }
}
