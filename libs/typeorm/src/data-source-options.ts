import { OptionsInvalidError, type TenancyPoolOptions, TenantPool } from '@rowhouse/core';
import { isPostgresUrl, withFields } from '@rowhouse/core/internal';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';

/** TypeORM's options for PostgreSQL. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Options that would act on one schema for all tenants, and what to do instead. */
const REFUSED: ReadonlyArray<readonly [keyof PostgresOptions, string]> = [
  ['synchronize', 'Call synchronize() on the DataSource of each tenant: registry.for(tenant).synchronize().'],
  ['dropSchema', 'Remove the home of a tenant: registry.homes.remove(tenant).'],
  ['migrationsRun', 'Run migrations for each tenant: registry.for(tenant).runMigrations().'],
  ['schema', 'Leave it out: the pin names the schema of the tenant in force.'],
  ['driver', 'Leave it out: the tenant pool takes its place.'],
  ['nativeDriver', 'Leave it out: pins need the protocol of the JavaScript driver.'],
];

const tenantDrivers = new WeakSet<object>();

/** `pg` with a tenant pool as its `Pool`. TypeORM makes all its pools with this class, those of replicas included. */
function tenantDriver(tenancy: TenancyPoolOptions, log: Log | undefined): object {
  class TypeOrmTenantPool extends TenantPool {
    constructor(config: pg.PoolConfig) {
      super(withFields(config, tenancy));
      if (log) this.on('connect', (client) => logMessages(client, log));
    }
  }
  // A copy leaves out pg's `native`, which TypeORM would prefer where pg-native is installed.
  const driver = { ...pg, Pool: TypeOrmTenantPool };
  tenantDrivers.add(driver);
  return driver;
}

/** Takes a line for the log of the data source. */
export type Log = (line: string) => void;

/**
 * What TypeORM's option `logNotifications` logs. TypeORM listens to the first client that its pool hands out, but that is a
 * lease, and its listeners go when it is released.
 */
function logMessages(client: pg.ClientBase, log: Log): void {
  client.on('notice', ({ message }) => message && log(message));
  client.on('notification', ({ channel, payload }) =>
    log(`Received NOTIFY on channel ${channel}: ${payload}.`),
  );
}

/**
 * The options of an ordinary TypeORM app, made to serve many tenants.
 *
 * @throws {OptionsInvalidError} for options that would act on one schema for all tenants (`synchronize`,
 *   `migrationsRun`, `dropSchema`, `schema`), with the remedy.
 * @param log - where notices and notifications go, if `options` ask for them.
 */
export function tenantDataSourceOptions(
  options: DataSourceOptions,
  tenancy: TenancyPoolOptions = {},
  log?: Log,
): PostgresOptions {
  if (options.type !== 'postgres') {
    throw new OptionsInvalidError('typeorm', [
      { field: 'type', expected: `Rowhouse works on "postgres", not "${options.type}"` },
    ]);
  }
  const { driver, ...rest } = options;
  refuseWrongUrls(rest);
  const foreign = driver && !tenantDrivers.has(driver) ? options : rest;
  for (const [field, remedy] of REFUSED) {
    if ((foreign as Partial<PostgresOptions>)[field])
      throw new OptionsInvalidError('typeorm', [
        { field, expected: `it is refused in a multi-tenant app. ${remedy}` },
      ]);
  }
  return { ...rest, driver: tenantDriver(tenancy, options.logNotifications ? log : undefined) };
}

/** TypeORM would try again and again to reach a server that a wrong URL does not name. An empty one is unset. */
function refuseWrongUrls({ url, replication }: Partial<PostgresOptions>): void {
  const urls = [
    ['url', url],
    ['replication.master.url', replication?.master.url],
    ...(replication?.slaves ?? []).map((slave, i) => [`replication.slaves[${i}].url`, slave.url]),
  ] as const;
  const wrong = urls.filter(([, each]) => each && !isPostgresUrl(each));
  if (wrong.length === 0) return;
  const expected = 'expected postgres://login:password@host:port/database';
  throw new OptionsInvalidError(
    'typeorm',
    wrong.map(([field]) => ({ field: `${field}`, expected })),
  );
}
