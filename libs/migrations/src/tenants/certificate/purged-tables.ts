import type { Catalog, Tenant } from '@rowhouse/core';
import type { PurgeControl } from '../purge/purge-control.js';

/** Notes in the catalog what a purge counts, so that it is known after a crash as well. */
export function notePurged(
  catalog: Pick<Catalog, 'query'>,
  { id }: Tenant,
): NonNullable<PurgeControl['onCount']> {
  return async (table, rows, how) => {
    await catalog.query(
      `insert into rowhouse.purged_tables as p (tenant_id, name, rows) values ($1, $2, $3)
         on conflict (tenant_id, name) do update
           set rows = case when $4 then greatest(p.rows, excluded.rows) else excluded.rows end`,
      [id, table, rows, how === 'atLeast'],
    );
  };
}
