import type { Catalog, CompanionCount, Tenant } from '@rowhouse/core';

/** Notes in the catalog what a purge counts. The most that was counted stays: an interrupted purge has removed some since. */
export async function noteContents(
  catalog: Pick<Catalog, 'query'>,
  { id }: Tenant,
  companion: string,
  { objects, bytes }: CompanionCount,
): Promise<void> {
  await catalog.query(
    `insert into rowhouse.purged_contents as c (tenant_id, name, objects, bytes) values ($1, $2, $3, $4)
       on conflict (tenant_id, name) do update
         set objects = greatest(c.objects, excluded.objects), bytes = greatest(c.bytes, excluded.bytes)`,
    [id, companion, objects, bytes],
  );
}
