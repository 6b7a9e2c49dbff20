import type { Tenant, TenantPool, TenantScope } from '@rowhouse/core';
import type { Pool } from 'pg';
import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm';
import { noteColumnRead } from './active-record.js';
import { define, driverOf, type PostgresDriver, placeOf, poolOf, standIn, wayBack } from './driver-parts.js';
import { findGeneratedExpressions } from './generated-columns.js';
import { actFor, reportLoss } from './query-runners.js';
import { readsOf } from './replica-reads.js';
import { ignoreRowSecurity } from './rows/index.js';
import { TenantQueryResultCache } from './tenant-query-result-cache.js';

/** How a view of a data source differs from its base. */
export interface DataSourceView {
  readonly tenant: Tenant;
  /** The pool that takes the place of `pool`. */
  readonly pinned: (pool: TenantPool) => Pool;
  /** Whose pools they are. Default: the driver of the base. */
  readonly driver?: PostgresDriver;
  /** Further members that replace those of the base. */
  readonly overrides?: Partial<DataSource>;
}

/** The fields of a data source that belong to no tenant. A view reads them from its base. */
const SHARED_FIELDS = [
  '@instanceof',
  'name',
  'options',
  'logger',
  'namingStrategy',
  'metadataTableName',
  'isInitialized',
  'migrations',
  'subscribers',
  'entityMetadatas',
  'entityMetadatasMap',
] as const;

/**
 * A view of the data source for one tenant: the same metadata and the same connections, pinned to `tenant` whatever the
 * context.
 *
 * Of its base it has the fields that belong to no tenant, and only to read. Its methods are TypeORM's own: what others put on
 * the base (a manager or a `query()` of theirs) acts for the tenant in force there, in a transaction of that tenant perhaps.
 */
export function viewOf(base: DataSource, options: DataSourceView): DataSource {
  const { tenant, pinned, driver = driverOf(base), overrides } = options;
  const view = standIn(
    base,
    {},
    SHARED_FIELDS.filter((field) => field in base),
  );
  const back = wayBack(driver);
  const { relationLoader, relationIdLoader } = base as unknown as Record<string, object>;
  const cache =
    base.queryResultCache && TenantQueryResultCache.of(base.queryResultCache, base).within(tenant);
  define(view, {
    driver: driverFor(view, driver, { tenant, pinned }),
    relationLoader: standIn(relationLoader as object, { [back]: view }),
    relationIdLoader: standIn(relationIdLoader as object, { [back]: view }),
    queryResultCache: cache,
    // The connections, the metadata and the options belong to the base.
    destroy: async () => {},
    initialize: async () => refused('is open already'),
    buildMetadatas: async () => refused('has the entities of the ambient one'),
    setOptions: () => refused('shares its options with all others; set them on the ambient one'),
    ...overrides,
  });
  return define(view, { manager: view.createEntityManager() });
}

function driverFor(
  view: DataSource,
  base: PostgresDriver,
  { tenant, pinned }: Pick<DataSourceView, 'tenant' | 'pinned'>,
): PostgresDriver {
  const scope: TenantScope = { kind: 'tenant', tenant };
  // TypeORM's own: that of the ambient driver follows the context.
  const { createQueryRunner, prepareHydratedValue } = Object.getPrototypeOf(base) as PostgresDriver;
  const driver = standIn(base, {
    [wayBack(base)]: view,
    master: pinned(poolOf(base)),
    slaves: base.slaves.map(pinned),
    ...placeOf(base, tenant),
    ...readsOf(base, { tenant, of: pinned }),
    createQueryRunner(this: PostgresDriver, mode: ReplicationMode): QueryRunner {
      const runner = actFor(reportLoss(createQueryRunner.call(this, mode)), scope);
      const dataSource = () => Reflect.get(this, wayBack(this)) as DataSource;
      return findGeneratedExpressions(ignoreRowSecurity(runner, dataSource), dataSource);
    },
    prepareHydratedValue(this: PostgresDriver, ...args: Parameters<typeof prepareHydratedValue>): unknown {
      noteColumnRead(tenant.id);
      return prepareHydratedValue.apply(this, args);
    },
    connect: async () => refused('is open already'),
    disconnect: async () => {},
    closePool: async () => refused('is closed with the ambient one'),
  });
  return actFor(driver, scope);
}

function refused(reason: string): never {
  throw new TypeError(`A tenant's data source ${reason}.`);
}
