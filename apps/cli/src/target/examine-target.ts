import { type DoctorReport, examine } from '@rowhouse/core';
import { parsePoolOptions, withFields } from '@rowhouse/core/internal';
import type { Target } from './target.js';

/** Examines a deployment on the path of its application. */
export function examineTarget(
  target: Target,
  { quick }: { readonly quick?: boolean | undefined },
): Promise<DoctorReport> {
  const { app, owner, replicas, pool, config } = target;
  return examine({
    app: withFields(app, pool),
    owner,
    replicas,
    quick,
    tablesWithoutTenant: config && (() => readTablesWithoutTenant(target)),
  });
}

async function readTablesWithoutTenant(target: Target): Promise<readonly string[]> {
  const { withRegistry } = await import('./deployment.js');
  const { MigrationSet, tablesWithoutTenant } = await import('@rowhouse/migrations/internal');
  const { homeSchema } = parsePoolOptions(target.pool);
  return withRegistry(target, (registry) => {
    const { tenant: migrations } = new MigrationSet(registry.ambient.migrations);
    return tablesWithoutTenant({ registry, migrations, homeSchema });
  });
}
