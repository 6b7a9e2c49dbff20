import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog, parseTenant, type TenancyPoolOptions, type Tenant } from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { Fleet, type FleetOptions } from '@rowhouse/migrations/fleet';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { createCatalogDatabase } from '../../../test/support/catalog-database.js';
import { dropRoles } from '../../../test/support/roles.js';
import { exportTenant } from './export/export-tenant.js';
import { withRowsOf } from './source/tenant-source.js';

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

/** The statements that put a table behind the policies of tenants with isolation `row`. */
export function wall(table: string): string[] {
  return [
    `alter table ${table} add tenant_id uuid not null
       default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
    `create policy rowhouse_tenant on ${table}
       using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
    `alter table ${table} enable row level security, force row level security`,
  ];
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
    /** A second database on the server, with which the placement `eu` is. */
    readonly eu: TestDatabase | undefined,
  ) {}

  static async open({ withPlacement = false } = {}): Promise<TransferDeployment> {
    const prefix = `own_${randomBytes(6).toString('hex')}`;
    const database = await createCatalogDatabase({ owner: `${prefix}_login` });
    const { ownerUrl } = database;
    const catalog = new Catalog({ url: ownerUrl });
    await catalog.migrate();
    const folder = await mkdtemp(join(tmpdir(), 'rowhouse-'));
    const eu = withPlacement ? await createTestDatabase() : undefined;
    if (eu) await onServer(eu.url, [`alter database ${eu.name} owner to ${prefix}_login`]);
    return new TransferDeployment(
      database,
      { prefix, ownerUrl },
      catalog,
      folder,
      `tra_${randomBytes(5).toString('hex')}`,
      eu,
    );
  }

  /** The options of the pools of its fleets. */
  get tenancy(): TenancyPoolOptions {
    const { roles, eu } = this;
    if (!eu) return { roles };
    const ownerUrl = Object.assign(new URL(this.login.ownerUrl), { pathname: `/${eu.name}` }).href;
    return { roles, databases: { placements: { eu: { url: () => eu.loginUrl, ownerUrl: () => ownerUrl } } } };
  }

  /** The fleet of a release with these migrations. */
  async fleet(
    migrations: readonly MigrationClass[],
    catalog = this.catalog,
    options: Partial<FleetOptions> = {},
  ): Promise<Fleet> {
    const { tenancy } = this;
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
    return Fleet.open({ registry, catalog, pool: tenancy, ...options });
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

  /** Every row and sequence of tenants, by checksums, and all that tenants are made of: what a refusal leaves as it is. */
  async everything(fleet: Fleet, tenants: readonly Tenant[]): Promise<Record<string, unknown>> {
    const { rows } = await this.catalog.query(
      `select (select jsonb_agg(slug order by slug) from rowhouse.tenants) as tenants,
              (select jsonb_agg(nspname order by nspname) from pg_namespace where nspname !~ '^pg_(toast_)?temp') as schemas,
              (select jsonb_agg(rolname order by rolname) from pg_roles where starts_with(rolname::text, $1)) as roles,
              (select count(*)::int from pg_database d join pg_roles r on r.oid = d.datdba where starts_with(rolname::text, $2)) as databases,
              (select count(*)::int from rowhouse.homes) as homes,
              (select count(*)::int from rowhouse.tenant_operations) as operations`,
      [this.roles, this.login.prefix],
    );
    const contents: unknown[] = [];
    for (const tenant of tenants)
      contents.push(
        await withRowsOf(fleet, tenant, undefined, async (source) => [
          await source.sums(),
          await source.sequences(),
        ]),
      );
    return { ...rows[0], contents, files: await readdir(this.folder) };
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
    await this.eu?.drop();
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
