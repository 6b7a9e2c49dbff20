import { Module } from '@nestjs/common';
import { HeaderResolver, SubdomainResolver, TenancyModule } from '@rowhouse/nestjs';
import { AccountController } from './account/account.controller.js';
import { CountriesModule } from './countries/countries.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { HealthController } from './health/health.controller.js';
import { Catalogue1757000000000 } from './migrations/1757000000000-catalogue.js';
import { Orders1757000100000 } from './migrations/1757000100000-orders.js';
import { OrdersModule } from './orders/orders.module.js';
import { ProductsModule } from './products/products.module.js';
import { SeedModule } from './seed/seed.module.js';

@Module({
  imports: [
    TenancyModule.forRoot({
      typeorm: {
        type: 'postgres',
        url: process.env.DATABASE_URL,
        autoLoadEntities: true,
        migrations: [Catalogue1757000000000, Orders1757000100000],
      },
      directUrl: process.env.DIRECT_DATABASE_URL, // where DATABASE_URL leads to a pooler
      resolvers: [new HeaderResolver(), new SubdomainResolver({ baseDomains: ['localhost'] })],
      exclude: ['/docs/**', '/health/live'],
    }),
    ProductsModule,
    CustomersModule,
    OrdersModule,
    CountriesModule,
    SeedModule,
  ],
  controllers: [AccountController, HealthController],
})
export class AppModule {}
