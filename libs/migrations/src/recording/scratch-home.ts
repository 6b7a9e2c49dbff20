import { randomBytes, randomUUID } from 'node:crypto';
import type { SchemaName, Tenant } from '@rowhouse/core';
import { type DeploymentRoles, ON_COORDINATOR_ONLY } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { placeholderTenant } from '../homes/home.js';

/** An empty schema without a tenant, visible only inside one transaction. */
export interface ScratchHome {
  readonly tenant: Tenant;
  /** The query runner of the transaction. */
  readonly runner: QueryRunner;
  /** A data source that runs every query in the transaction. */
  readonly dataSource: DataSource;
  /** Whether the database is one of Citus. The home itself is on the coordinator alone. */
  readonly hasCitus: boolean;
}

/** How many milliseconds the transaction waits for a lock. It locks shared tables that its migrations refer to. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Creates a schema, runs `work` in it as the owner, and rolls everything back. Nothing is left even if this process dies.
 */
export async function inScratchHome<T>(
  registry: DataSourceRegistry,
  work: (scratch: ScratchHome) => Promise<T>,
): Promise<T> {
  // The name is random, so that it can be found and removed in any statement.
  const schema = `rowhouse_scratch_${randomBytes(8).toString('hex')}` as SchemaName;
  const tenant = placeholderTenant({ id: randomUUID(), isolation: 'schema', schema });
  const dataSource = await registry.directFor(tenant, { mayBeMissing: true });
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    const [{ hasCitus }]: [{ hasCitus: boolean }] = await runner.query(
      `select pg_catalog.set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true), (${ON_COORDINATOR_ONLY}) is not null as "hasCitus"`,
    );
    await runner.query(`create schema "${schema}"`);
    await makeMissingRoles(runner, registry.homes.roles);
    const confined = Object.assign(runner, { release: async () => {} });
    Object.assign(dataSource, { createQueryRunner: () => confined });
    return await work({ tenant, runner, dataSource, hasCitus });
  } finally {
    const { release } = Object.getPrototypeOf(runner) as QueryRunner;
    await endTransaction(runner);
    await release.call(runner);
  }
}

/** Rolls back by SQL: TypeORM's own rollback would only undo a savepoint that `work` left open. */
async function endTransaction(runner: QueryRunner): Promise<void> {
  const client: { query(text: string): Promise<unknown> } = await runner.connect();
  await client.query('rollback').catch(() => {});
}

/**
 * Makes the roles of a deployment that has none yet: policies name them. They go with the transaction. Without the privilege
 * to make roles, the statement that names one reports that it is missing.
 */
export async function makeMissingRoles(
  runner: QueryRunner,
  roles: DeploymentRoles | undefined,
): Promise<void> {
  if (!roles) return;
  const names = [roles.app, roles.shared, roles.row, roles.system];
  const rows: { name: string }[] = await runner.query(
    `select r.name from unnest($1::text[]) as r (name)
      where not exists (select from pg_catalog.pg_roles p where p.rolname = r.name)
        and (select rolsuper or rolcreaterole from pg_catalog.pg_roles where rolname = current_user)`,
    [names],
  );
  for (const { name } of rows) await runner.query(`create role ${pg.escapeIdentifier(name)}`);
}
