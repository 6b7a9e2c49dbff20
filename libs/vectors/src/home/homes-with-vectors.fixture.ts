import { randomBytes } from 'node:crypto';
import {
  Catalog,
  type NewTenant,
  parseTenant,
  type TenancyPoolOptions,
  type Tenant,
  type TenantIsolation,
} from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations/fleet';
import { createTestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dropRoles } from '../../../../test/support/roles.js';
import type { HomeStoreName } from './embedding-type.js';
import { HomeVectorStore } from './home-vector-store.js';
import { vectorTablesMigration } from './vector-tables-migration.js';

type Migration = new () => MigrationInterface;

/** A shared migration, for the databases of tenants: each has the extension once, in a schema that all tenants of it read. */
class VectorExtension1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create extension if not exists vector schema public');
  }

  async down(): Promise<void> {}
}

/** Tenants of all three isolations, two of each, whose homes have collections. */
export async function openHomesWithVectors(name: HomeStoreName) {
  const database = await createTestDatabase();
  const prefix = `vec_${randomBytes(5).toString('hex')}`;
  const tenancy: TenancyPoolOptions = { roles: prefix };
  const catalog = new Catalog({ url: database.url });
  await catalog.migrate();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {});
  const tables = vectorTablesMigration({
    timestamp: 1_764_000_000_001,
    systemRole: `${prefix}_system`,
    store: name,
  });
  const opened: { close(): Promise<void> }[] = [];

  /** An app with its migrations, of which the last are its own. */
  async function deploy(store: HomeStoreName, added: readonly Migration[] = []) {
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: database.loginUrl, poolSize: 4, migrations: [tables, ...added] },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl: database.url, tenancy });
    opened.push({
      async close() {
        await registry.close();
        await ambient.destroy();
      },
    });
    if (store === 'pgvector') await pool.query('create extension if not exists vector schema public');
    const sharedMigrations = store === 'pgvector' ? [VectorExtension1764000000000] : [];
    const fleet = await Fleet.open({ registry, catalog, pool: tenancy, sharedMigrations });
    return { registry, fleet, store: new HomeVectorStore(registry, store) };
  }

  const first = await deploy(name);
  const open = (slug: string, fields: Partial<NewTenant> = {}) =>
    first.fleet.tenants.create({ slug, ...fields });
  const tenants: [Tenant, Tenant, Tenant, Tenant, Tenant, Tenant] = [
    await open('schema-a'),
    await open('row-a', { isolation: 'row' }),
    await open('database-a', { isolation: 'database' }),
    await open('schema-b'),
    await open('row-b', { isolation: 'row' }),
    await open('database-b', { isolation: 'database' }),
  ];
  return {
    ...first,
    database,
    tenancy,
    pool,
    tenants,
    deploy,
    tenant: (isolation: TenantIsolation, letter: 'a' | 'b') =>
      tenants.find(({ slug }) => slug === `${isolation}-${letter}`) as Tenant,
    async close() {
      for (const app of opened) await app.close();
      const { rows } = await pool.query(
        `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants where isolation = 'database'`,
      );
      for (const tenant of rows.map(parseTenant))
        await pool.query(
          `drop database if exists ${pg.escapeIdentifier(databaseNameOf(tenant))} with (force)`,
        );
      await catalog.close();
      await pool.end();
      await database.drop();
      await dropRoles(prefix);
    },
  };
}

export type HomesWithVectors = Awaited<ReturnType<typeof openHomesWithVectors>>;
