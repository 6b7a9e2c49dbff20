import { randomBytes } from 'node:crypto';
import { Catalog, type NewTenant, parseTenant, type TenancyPoolOptions, type Tenant } from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations/fleet';
import { createTestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dropRoles } from '../../../../test/support/roles.js';
import { PgVectorStore } from './pgvector-store.js';
import { vectorTablesMigration } from './vector-tables-migration.js';

/** A shared migration, for the databases of tenants: each has the extension once, in a schema that all tenants of it read. */
class VectorExtension1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create extension if not exists vector schema public');
  }

  async down(): Promise<void> {}
}

/** Tenants of all three isolations, two of each, whose homes have collections. */
export async function openHomesWithVectors(
  indexes: Parameters<typeof vectorTablesMigration>[0]['indexes'] = [],
) {
  const database = await createTestDatabase();
  const prefix = `vec_${randomBytes(5).toString('hex')}`;
  const tenancy: TenancyPoolOptions = { roles: prefix };
  const catalog = new Catalog({ url: database.url });
  await catalog.migrate();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {});
  const migrations = [
    vectorTablesMigration({ timestamp: 1_764_000_000_001, systemRole: `${prefix}_system`, indexes }),
  ];
  const ambient = await openTenantDataSource(
    { type: 'postgres', url: database.loginUrl, poolSize: 4, migrations },
    tenancy,
  );
  const registry = new DataSourceRegistry({ ambient, directUrl: database.url, tenancy });
  await pool.query('create extension vector schema public');
  const sharedMigrations = [VectorExtension1764000000000];
  const fleet = await Fleet.open({ registry, catalog, pool: tenancy, sharedMigrations });
  const open = (slug: string, fields: Partial<NewTenant> = {}) => fleet.tenants.create({ slug, ...fields });
  const tenants: [Tenant, Tenant, Tenant, Tenant, Tenant, Tenant] = [
    await open('schema-a'),
    await open('row-a', { isolation: 'row' }),
    await open('database-a', { isolation: 'database' }),
    await open('schema-b'),
    await open('row-b', { isolation: 'row' }),
    await open('database-b', { isolation: 'database' }),
  ];
  return {
    database,
    prefix,
    tenancy,
    catalog,
    pool,
    registry,
    fleet,
    tenants,
    store: new PgVectorStore(registry),
    async close() {
      await registry.close();
      await ambient.destroy();
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
