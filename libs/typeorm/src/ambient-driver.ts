import { type Tenant, TenantContext, type TenantScope } from '@rowhouse/core';
import type { QueryRunner, ReplicationMode } from 'typeorm';
import {
  define,
  LOGIN_PLACE,
  PLACE_FIELDS,
  type Place,
  type PostgresDriver,
  placeOf,
  wayBack,
} from './driver-parts.js';
import { followContextOnce, reportLoss } from './query-runners.js';
import { ignoreRowSecurity } from './rows/index.js';

/**
 * Makes the driver of the ambient data source name the schema and the database of the tenant in force, where TypeORM
 * would keep those that it saw at its start. Its query runners keep the tenant that they are made for.
 */
export function followContext(driver: PostgresDriver): void {
  const { schema, searchSchema, database } = driver;
  const ofLogin: { -readonly [field in keyof Place]: Place[field] } = { schema, searchSchema, database };
  /** As query runners of a tenant see the driver: with the place of the tenant. */
  const ofTenants = new WeakMap<Tenant, PostgresDriver & Place>();
  const driverAt = (place: Place) => define(Object.create(driver) as PostgresDriver & Place, place);
  const placeIn = (scope: TenantScope | undefined): Place => {
    // A driver that is not connected reaches no tenant.
    if (scope?.kind !== 'tenant' || !driver.master) return ofLogin;
    let ofTenant = ofTenants.get(scope.tenant);
    // The name of a placement's database is known when its pool is open.
    if (ofTenant?.database === undefined) {
      ofTenant = driverAt(placeOf(driver, scope.tenant));
      ofTenants.set(scope.tenant, ofTenant);
    }
    return ofTenant;
  };

  for (const field of PLACE_FIELDS) {
    Object.defineProperty(driver, field, {
      get: () => placeIn(TenantContext.scope())[field],
      set: (value: string | undefined) => {
        ofLogin[field] = value;
      },
      configurable: true,
      enumerable: true,
    });
  }

  const { createQueryRunner } = driver;
  define(driver, {
    [LOGIN_PLACE]: ofLogin,
    createQueryRunner(this: PostgresDriver, mode: ReplicationMode): QueryRunner {
      const runner = reportLoss(createQueryRunner.call(this, mode));
      ignoreRowSecurity(runner, () => Reflect.get(this, wayBack(this)));
      return followContextOnce(runner, (tied, scope) => {
        const place = placeIn(scope);
        Object.assign(tied, { driver: place === ofLogin ? driverAt(ofLogin) : place });
      });
    },
  });
}
