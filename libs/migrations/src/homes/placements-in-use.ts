import type { Catalog } from '@rowhouse/core';
import { DEFAULT_PLACEMENT } from '@rowhouse/core/internal';

/** The placements other than `default` whose database tenants with isolation `schema` or `row` share. */
export async function placementsInUse(catalog: Pick<Catalog, 'query'>): Promise<readonly string[]> {
  const { rows } = await catalog.query<{ placement: string }>(
    `select distinct placement from rowhouse.tenants where isolation <> 'database' and placement <> $1 order by 1`,
    [DEFAULT_PLACEMENT],
  );
  return rows.map(({ placement }) => placement);
}
