import { Global, Module } from '@nestjs/common';
import { Members, MembershipPolicy } from '@rowhouse/admin';
import { Catalog, TenantQuotas } from '@rowhouse/nestjs';
import { DemoIssuer } from './demo-issuer.js';
import { MyTenantsController } from './my-tenants.controller.js';
import { shopMembers } from './shop-members.js';
import { SignedInGuard } from './signed-in.guard.js';

/**
 * Who works in a shop. An app that mounts the admin API gets `Members` and `MembershipPolicy` from `TenancyAdminModule`; the demo serves that
 * API from a port of its own, so it provides them here.
 */
@Global()
@Module({
  providers: [
    DemoIssuer,
    SignedInGuard,
    {
      provide: Members,
      inject: [Catalog, TenantQuotas],
      useFactory: (catalog: Catalog, quotas: TenantQuotas) => new Members(catalog, shopMembers, quotas),
    },
    {
      provide: MembershipPolicy,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new MembershipPolicy(catalog),
    },
  ],
  controllers: [MyTenantsController],
  exports: [DemoIssuer, SignedInGuard, Members, MembershipPolicy],
})
export class MembersModule {}
