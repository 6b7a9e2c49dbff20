import { examine } from '@rowhouse/core';
import { parsePoolOptions, withFields } from '@rowhouse/core/internal';
import { MigrationSet, tablesWithoutTenant } from '@rowhouse/migrations/internal';
import type { DataSourceRegistry, TenancyOptions } from '@rowhouse/nestjs';
import { addressOf, replicaAddressesOf } from '@rowhouse/typeorm/internal';
import type { ExamineDeployment } from './doctor.js';

/** Examines with the options of {@link TenancyModule}; `undefined` without TypeORM, whose options say how the app connects. */
export function appExamination(
  options: TenancyOptions | undefined,
  registry: DataSourceRegistry | undefined,
): ExamineDeployment | undefined {
  if (!options?.typeorm || !registry) return undefined;
  const { typeorm, directUrl, pool } = options;
  const { homeSchema } = parsePoolOptions(pool);
  return ({ quick }) =>
    examine({
      app: withFields(addressOf(typeorm), pool),
      owner: addressOf(typeorm, directUrl),
      replicas: replicaAddressesOf(typeorm),
      quick,
      tablesWithoutTenant: () =>
        tablesWithoutTenant({
          registry,
          migrations: new MigrationSet(registry.ambient.migrations).tenant,
          homeSchema,
        }),
    });
}
