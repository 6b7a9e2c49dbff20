import 'reflect-metadata';
import { Catalog, type TenantIsolation } from '@rowhouse/core';
import { tenantFiles } from '@rowhouse/files';
import { Fleet } from '@rowhouse/migrations/fleet';
import { importTenant } from '@rowhouse/transfer';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the program is told, as JSON in its argument. */
export interface FilesFleetSettings {
  readonly url: string;
  readonly ownerUrl: string;
  readonly roles: string;
  readonly folder: string;
  readonly secret: string;
  /** Statements that make the tables of files. */
  readonly migration: readonly string[];
  readonly archive: string;
  readonly isolation: TenantIsolation;
  readonly slug: string;
}

const settings: FilesFleetSettings = JSON.parse(process.argv[2] ?? '');
const { url, ownerUrl, roles, folder, secret, migration, archive, isolation, slug } = settings;

class AddFiles1764288000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const text of migration) await runner.query(text);
  }
  async down(): Promise<void> {}
}

const tenancy = { roles };
const ambient = await openTenantDataSource(
  { type: 'postgres', url, poolSize: 4, migrations: [AddFiles1764288000000] },
  tenancy,
);
const fleet = await Fleet.open({
  registry: new DataSourceRegistry({ ambient, directUrl: ownerUrl, tenancy }),
  catalog: new Catalog({ url: ownerUrl }),
  pool: tenancy,
  companions: [tenantFiles({ storage: { folder, url: 'http://127.0.0.1/files', secret } })],
});

/** Each line is a step that the killer may wait for. */
const step = () => process.stdout.write('.\n');

step();
for (;;) {
  const { tenant } = await importTenant(fleet, archive, { slug, isolation });
  step();
  await fleet.tenants.delete(tenant.id);
  step();
  await fleet.tenants.purge(tenant.id, { confirm: tenant.slug, beforeRetentionEnds: true });
  step();
}
