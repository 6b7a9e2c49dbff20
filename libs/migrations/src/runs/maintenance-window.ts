import type { Catalog } from '@rowhouse/core';
import type { ScriptStatement } from '@rowhouse/core/internal';
import { HOME_ID_OF_TENANT, type Home } from '../homes/home.js';

/**
 * Takes tenants out of service (status `maintenance`) while their home is migrated. The run stores their former status, so
 * that any process that continues the run can restore it.
 */
export class MaintenanceWindow {
  readonly #catalog: Catalog;
  readonly #runId: string;

  constructor(catalog: Catalog, runId: string) {
    this.#catalog = catalog;
    this.#runId = runId;
  }

  async begin(home: Home): Promise<void> {
    await this.#catalog.transaction(async (client) => {
      const { rowCount } = await client.query(
        `update rowhouse.tenants t set status = 'maintenance', updated_at = pg_catalog.now()
          where ${BELONGS_TO_HOME} and t.status = 'active'`,
        parametersOf(home),
      );
      if (rowCount === 0) return;
      await client.query(
        `update rowhouse.migration_run_homes set prior_status = 'active' where run_id = $1 and home_id = $2`,
        [this.#runId, home.id],
      );
    });
  }

  /** Restores the status. Run these in the transaction of the migration, or after a failure. */
  endStatements(home: Home): readonly ScriptStatement[] {
    return [
      {
        text: `update rowhouse.tenants t set status = h.prior_status, updated_at = pg_catalog.now()
                 from rowhouse.migration_run_homes h
                where h.run_id = $3 and h.home_id = $4 and h.prior_status is not null and t.status = 'maintenance' and ${BELONGS_TO_HOME}`,
        values: [...parametersOf(home), this.#runId, home.id],
      },
      {
        text: 'update rowhouse.migration_run_homes set prior_status = null where run_id = $1 and home_id = $2',
        values: [this.#runId, home.id],
      },
    ];
  }
}

/** Row tenants of a placement share a home, so they are out of service together. */
const BELONGS_TO_HOME = `case when $2 then ${HOME_ID_OF_TENANT} = $1 else t.id = $1 end`;

function parametersOf({ id, kind }: Home): unknown[] {
  return [id, kind === 'row'];
}

/** Ends the maintenance windows of runs whose processes have died. @returns the slugs of the tenants that are back in service. */
export function endWindowsOf(catalog: Catalog, runIds: readonly string[]): Promise<readonly string[]> {
  return catalog.transaction(async (client) => {
    const { rows } = await client.query<{ slug: string }>(
      `update rowhouse.tenants t set status = h.prior_status, updated_at = pg_catalog.now()
         from rowhouse.migration_run_homes h
        where h.run_id = any($1) and h.prior_status is not null and t.status = 'maintenance'
          and h.home_id = ${HOME_ID_OF_TENANT}
      returning t.slug`,
      [runIds],
    );
    await client.query('update rowhouse.migration_run_homes set prior_status = null where run_id = any($1)', [
      runIds,
    ]);
    return rows.map(({ slug }) => slug);
  });
}
