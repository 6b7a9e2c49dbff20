import { TenantContext } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';

/**
 * Runs a statement in the system context, on a connection of its own: `DataSource.query` may be made to follow a transaction, by
 * typeorm-transactional for example.
 *
 * @param reason - for the audit trail.
 */
export function queryAsSystem<Row>(
  { ambient }: DataSourceRegistry,
  reason: string,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  return TenantContext.runAsSystem(reason, async () => {
    const runner = ambient.createQueryRunner();
    try {
      return await runner.query(text, [...values]);
    } finally {
      await runner.release();
    }
  });
}
