import { Module } from '@nestjs/common';
import { ApiKeys, Audit, Invitations } from '@rowhouse/admin';
import { Catalog, TenantQuotas } from '@rowhouse/nestjs';
import { shopMembers } from '../members/shop-members.js';
import { JoinController } from './join.controller.js';
import { PortalController } from './portal.controller.js';
import { PortalKeysController } from './portal-keys.controller.js';
import { PortalMembersController } from './portal-members.controller.js';
import { PortalPagesController } from './portal-pages.controller.js';

/** Where the owners of a tenant look after it themselves: docs/tenant-portal.md. */
@Module({
  providers: [
    { provide: ApiKeys, inject: [Catalog], useFactory: (catalog: Catalog) => new ApiKeys(catalog) },
    { provide: Audit, inject: [Catalog], useFactory: (catalog: Catalog) => new Audit(catalog) },
    {
      provide: Invitations,
      inject: [Catalog, TenantQuotas],
      useFactory: (catalog: Catalog, quotas: TenantQuotas) => new Invitations(catalog, shopMembers, quotas),
    },
  ],
  controllers: [
    PortalPagesController,
    PortalController,
    PortalMembersController,
    PortalKeysController,
    JoinController,
  ],
})
export class PortalModule {}
