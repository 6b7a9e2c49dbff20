import type { INestApplication } from '@nestjs/common';
import { createAdminServer } from '@rowhouse/admin/server';
import { TenancyAdminUiModule } from '@rowhouse/admin-ui';
import { Catalog, examine, TenantDirectory } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry, TENANT_STORE, TenancyHealth } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import type { Database } from './boot/open-database.js';
import { shopMembers } from './members/shop-members.js';
import { shopMasks } from './shop-masks.js';
import { shopSettings } from './shop-settings.js';

/** The admin API of the application's tenants, on a port of its own: it is not reachable where the application is. */
export function createAdmin(
  app: INestApplication,
  { url, ownerUrl = url }: Database,
): Promise<INestApplication> {
  return createAdminServer({
    catalog: app.get(Catalog),
    fleet: app.get(Fleet),
    store: app.get(TENANT_STORE),
    directory: app.get(TenantDirectory),
    registry: app.get(DataSourceRegistry),
    health: app.get(TenancyHealth),
    examine: ({ quick }) =>
      examine({
        app: { connectionString: url, roles: process.env.ROWHOUSE_ROLES },
        owner: { url: ownerUrl },
        quick,
      }),
    auth: new OperatorAuth({ tokens: [{ token: () => process.env.ROWHOUSE_ADMIN_TOKEN }] }),
    members: shopMembers,
    settings: shopSettings,
    transfers: { folder: '.rowhouse/archives', masks: shopMasks },
    backups: { storage: '.rowhouse/backups' },
    modules: [TenancyAdminUiModule.forRoot({ path: 'ui', api: 'admin' })],
  });
}
