import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations/fleet';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';

/**
 * Opens the fleet of a release with these migrations, with default options.
 *
 * @param {object} deployment the result of {@link import('./bench-deployment.mjs').openBenchDeployment}
 * @param {Array<new () => import('typeorm').MigrationInterface>} migrations
 */
export async function openFleet({ appUrl, ownerUrl, roles }, migrations) {
  const tenancy = { roles };
  const ambient = await openTenantDataSource({ type: 'postgres', url: appUrl, migrations }, tenancy);
  const registry = new DataSourceRegistry({ ambient, directUrl: ownerUrl, tenancy });
  const catalog = new Catalog({ url: ownerUrl });
  const fleet = await Fleet.open({ registry, catalog, pool: tenancy });
  return {
    tenants: fleet.tenants,
    migrations: fleet.migrations,
    deployment: fleet.deployment,
    async close() {
      await catalog.close();
      await registry.close();
      await ambient.destroy();
    },
  };
}

/**
 * Opens a fleet, runs `work`, and closes it, as a command of an operator does.
 *
 * @template T
 * @param {(fleet: Awaited<ReturnType<typeof openFleet>>) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFleet(deployment, migrations, work) {
  const fleet = await openFleet(deployment, migrations);
  try {
    return await work(fleet);
  } finally {
    await fleet.close();
  }
}

/** @throws {Error} when a run did not migrate all of its homes. */
export function expectDone(report, homes) {
  if (report.state === 'succeeded' && report.done === homes) return;
  const [failure] = report.failures;
  throw new Error(
    `The run ${report.state}: ${report.done} of ${homes} homes done, ${report.skipped} skipped, ${report.failed} failed. ${failure ? `${failure.label}: ${failure.error}` : ''}`,
  );
}
