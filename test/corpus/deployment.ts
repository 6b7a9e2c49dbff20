import { randomBytes } from 'node:crypto';
import { Catalog, examine, type TenancyPoolOptions } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations/fleet';
import { createTestDatabase } from '@rowhouse/testing';
import { exportToFolder } from '@rowhouse/transfer';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';

/** A name that no dump has: some have a table `migrations` of another framework. */
export const HISTORY_TABLE = 'corpus_history';

export interface DeploymentOptions {
  readonly serverUrl: string;
  /** The database to clone. */
  readonly template: string;
  readonly pool: TenancyPoolOptions;
  readonly migrations?: readonly (new () => MigrationInterface)[];
  /** Runs in the clone before Rowhouse sees it. */
  readonly prepare?: string;
}

/** A clone of a loaded dump, with a fleet on it. */
export async function openDeployment({
  serverUrl,
  template,
  pool,
  migrations = [],
  prepare,
}: DeploymentOptions) {
  const database = await createTestDatabase({ serverUrl, template });
  const prefix = `corpus_${randomBytes(5).toString('hex')}`;
  const tenancy = { ...pool, roles: prefix };
  const query = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  if (prepare) await query(prepare);
  const catalog = new Catalog({ url: database.url });
  const ambient = await openTenantDataSource(
    {
      type: 'postgres',
      url: database.loginUrl,
      poolSize: 4,
      entities: [],
      migrations: [...migrations],
      migrationsTableName: HISTORY_TABLE,
    },
    tenancy,
  );
  const registry = new DataSourceRegistry({ ambient, directUrl: database.url, tenancy });
  const fleet = await Fleet.open({ registry, catalog, pool: tenancy, exportTenant: exportToFolder });
  return {
    url: database.url,
    fleet,
    query,
    examine: () =>
      examine({ app: { connectionString: database.loginUrl, ...tenancy }, owner: { url: database.url } }),
    async close() {
      await registry.close();
      await ambient.destroy();
      await catalog.close();
      await database.drop();
      await dropRoles(serverUrl, 'starts_with(rolname::text, $1)', `${prefix}_`);
    },
  };
}

export type Deployment = Awaited<ReturnType<typeof openDeployment>>;

/** Roles belong to the server. Drop the databases that name them first. */
export async function dropRoles(serverUrl: string, condition: string, value: unknown): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>(
      `select rolname::text from pg_roles where ${condition}`,
      [value],
    );
    for (const { rolname } of rows) await client.query(`drop role ${pg.escapeIdentifier(rolname)}`);
  } finally {
    await client.end();
  }
}
