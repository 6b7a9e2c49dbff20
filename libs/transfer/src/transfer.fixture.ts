import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog, parseTenant, type Tenant } from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations/fleet';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { dropRoles } from '../../../test/support/roles.js';
import { exportTenant } from './export/export-tenant.js';

type MigrationClass = new () => MigrationInterface;

/** A migration class that runs these statements. */
export function migration(name: string, up: readonly string[]): MigrationClass {
  const named = {
    [name]: class implements MigrationInterface {
      async up(runner: Parameters<MigrationInterface['up']>[0]) {
        for (const text of up) await runner.query(text);
      }
      async down() {}
    },
  };
  return named[name] as MigrationClass;
}

/** A database with a catalog, a folder for archives, and fleets of releases on them. */
export class TransferDeployment {
  readonly #opened: { close(): Promise<void> }[] = [];

  private constructor(
    readonly database: TestDatabase,
    /** Makes the tables, and is no superuser. */
    readonly login: { readonly prefix: string; readonly ownerUrl: string },
    readonly catalog: Catalog,
    readonly folder: string,
    readonly roles: string,
  ) {}

  static async open(): Promise<TransferDeployment> {
    const database = await createTestDatabase();
    const prefix = `own_${randomBytes(6).toString('hex')}`;
    const owner = `${prefix}_login`;
    await onServer(database.url, [
      `create role ${owner} login createrole createdb password 'owner'`,
      `alter database ${database.name} owner to ${owner}`,
    ]);
    const ownerUrl = Object.assign(new URL(database.url), { username: owner, password: 'owner' }).href;
    const catalog = new Catalog({ url: ownerUrl });
    await catalog.migrate();
    const folder = await mkdtemp(join(tmpdir(), 'rowhouse-'));
    return new TransferDeployment(
      database,
      { prefix, ownerUrl },
      catalog,
      folder,
      `tra_${randomBytes(5).toString('hex')}`,
    );
  }

  /** The fleet of a release with these migrations. */
  async fleet(migrations: readonly MigrationClass[], catalog = this.catalog): Promise<Fleet> {
    const tenancy = { roles: this.roles };
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: this.database.loginUrl, poolSize: 4, migrations: [...migrations] },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl: this.login.ownerUrl, tenancy });
    this.#opened.push({
      close: async () => {
        await registry.close();
        await ambient.destroy();
        if (catalog !== this.catalog) await catalog.close();
      },
    });
    return Fleet.open({ registry, catalog, pool: tenancy });
  }

  /** Runs a statement as a tenant. */
  query(fleet: Fleet, tenant: Tenant, text: string): Promise<Record<string, unknown>[]> {
    return fleet.deployment.registry.for(tenant).query(text);
  }

  /** Runs a statement as the owner of a tenant's home. */
  async asOwner(fleet: Fleet, tenant: Tenant, text: string): Promise<Record<string, unknown>[]> {
    return (await fleet.deployment.registry.directFor(tenant)).query(text);
  }

  /** @returns the path of a new archive of the tenant. */
  async archive(fleet: Fleet, tenant: Tenant): Promise<string> {
    const path = join(this.folder, `${tenant.slug}-${randomBytes(4).toString('hex')}.rowhouse`);
    await exportTenant(fleet, tenant, createWriteStream(path));
    return path;
  }

  async close(): Promise<void> {
    for (const one of this.#opened) await one.close();
    const { rows } = await this.catalog.query(
      `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants where isolation = 'database'`,
    );
    await onServer(
      this.database.url,
      rows.map(
        (row) =>
          `drop database if exists ${pg.escapeIdentifier(databaseNameOf(parseTenant(row)))} with (force)`,
      ),
    );
    await this.catalog.close();
    await this.database.drop();
    await dropRoles(this.roles);
    await dropRoles(this.login.prefix);
    await rm(this.folder, { recursive: true });
  }
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const text of statements) await client.query(text);
  await client.end();
}
