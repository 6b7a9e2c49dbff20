import { Module } from '@nestjs/common';
import { TenantSettingsModule } from '@rowhouse/admin';
import { TenancyMetricsModule } from '@rowhouse/metrics';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import {
  ApiKeyResolver,
  HeaderResolver,
  SubdomainResolver,
  TenancyHealthModule,
  TenancyModule,
} from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { AccountController } from './account/account.controller.js';
import { CountriesModule } from './countries/countries.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { MembersModule } from './members/members.module.js';
import { migrations, sharedMigrations } from './migrations/index.js';
import { OrdersModule } from './orders/orders.module.js';
import { plans } from './plans.js';
import { PortalModule } from './portal/portal.module.js';
import { ProductsModule } from './products/products.module.js';
import { SeedModule } from './seed/seed.module.js';
import { seedStorefront } from './seed/seed-storefront.js';
import { shopSettings } from './shop-settings.js';

const operators = new OperatorAuth({ tokens: [{ token: () => process.env.ROWHOUSE_ADMIN_TOKEN }] });

@Module({
  imports: [
    TenancyModule.forRoot({
      typeorm: {
        type: 'postgres',
        url: process.env.DATABASE_URL,
        autoLoadEntities: true,
        migrations,
      },
      directUrl: process.env.DIRECT_DATABASE_URL, // the login that owns the schemas, past any pooler
      pool: {
        roles: process.env.ROWHOUSE_ROLES,
        guard: { allowAdvisoryLocks: true }, // a shop counts its products under a lock
      },
      plans,
      rates: { store: 'catalog' }, // counted together by all instances
      selfCheck: 'warn', // in production it is 'enforce'
      resolvers: [
        new HeaderResolver(),
        new SubdomainResolver({ baseDomains: ['localhost'] }),
        new ApiKeyResolver(),
      ],
      exclude: ['/docs/**', '/health/**'],
      breakGlass: true, // `rowhouse enter acme --reason …` lets an operator look
    }),
    TenancyMigrationModule.forRoot({
      sharedMigrations,
      seed: seedStorefront, // fills the tables of each new tenant
      path: 'migrations',
      auth: operators,
    }),
    TenancyHealthModule.forRoot({ auth: operators }),
    // What each shop does, and what it is billed for; the admin API shows it.
    TenancyMetricsModule.forRoot({ usage: { meters: { orders: 'orders' } } }),
    TenantSettingsModule.forRoot(shopSettings),
    MembersModule,
    PortalModule,
    ProductsModule,
    CustomersModule,
    OrdersModule,
    CountriesModule,
    SeedModule,
  ],
  controllers: [AccountController],
})
export class AppModule {}
