import type { Tenant } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import { COMPARABLE_SETTINGS } from '../home/comparable.js';
import { LOCK_TIMEOUT_SETTING, lockAll } from '../home/owner-transaction.js';
import type { QueryRunner } from '../home/query-runner.js';
import { inOrder } from '../home/references.js';
import { moveSequences } from '../home/sequences.js';
import { suspendChecks } from '../home/suspended-checks.js';
import { type HomeTable, tablesOf } from '../home/tables.js';
import { addRows, deleteRows } from './change-rows.js';
import type { Changes, LiveHome } from './live-home.js';

/**
 * Tables that no other tenant has. Nobody else uses them until the end; triggers do not run, and foreign keys are checked at the
 * end, so that rows may come and go in any order.
 */
export class OwnLiveHome implements LiveHome {
  private constructor(
    readonly client: pg.PoolClient,
    readonly tables: readonly HomeTable[],
    private readonly runner: QueryRunner,
  ) {}

  /** @param choose - the tables that may be changed, of all. */
  static async open(
    deployment: FleetDeployment,
    tenant: Tenant,
    except: readonly string[],
    choose: (tables: readonly HomeTable[]) => readonly HomeTable[],
    signal: AbortSignal | undefined,
  ): Promise<OwnLiveHome> {
    const schema = deployment.schemaOf(tenant);
    const runner = (await deployment.registry.directFor(tenant, { signal })).createQueryRunner();
    try {
      const client: pg.PoolClient = await runner.connect();
      await client.query('begin');
      await client.query(`${LOCK_TIMEOUT_SETTING}; ${COMPARABLE_SETTINGS}`);
      const tables = await inOrder(client, choose(await tablesOf(client, tenant, schema, except)));
      await lockAll(client, tables, 'access exclusive');
      return new OwnLiveHome(client, tables, runner);
    } catch (error) {
      await runner.release();
      throw error;
    }
  }

  async apply(changes: Changes): Promise<void> {
    const touched = changes.tables.map(({ table }) => table);
    const resume = await suspendChecks(this.client, touched);
    for (const table of changes.tables)
      for await (const steps of changes.of(table, 'all')) {
        const rows = steps.flatMap(({ before }) => (before ? [before] : []));
        if (rows.length > 0) await deleteRows(this.client, table, rows);
      }
    for (const table of changes.tables)
      for await (const steps of changes.of(table, 'all')) {
        const rows = steps.flatMap(({ after }) => (after ? [after] : []));
        if (rows.length > 0) await addRows(this.client, table, rows);
      }
    // A table with checks that still wait cannot be altered.
    await this.client.query('set constraints all immediate');
    await resume();
    await moveSequences(this.client, this.client, touched, { shared: false });
  }

  async close(isDone: boolean): Promise<void> {
    try {
      if (isDone) await this.client.query('commit');
    } finally {
      await this.runner.release();
    }
  }
}
