import { type DynamicModule, Module } from '@nestjs/common';
import type { TenancyPoolOptions } from '@rowhouse/core';
import { TenancyMetricsModule } from '@rowhouse/metrics';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { HostileController } from '../hostile/hostile.controller.js';
import { ProductsModule } from '../products.module.js';
import { type AppSettings, TENANT_HEADER, typeormOptions } from '../settings.js';
import { SlowController } from '../slow.controller.js';
import { ObservedProductsModule } from './observed-products.module.js';

/** The app without tenancy, under another root module. */
@Module({})
export class RowhouseModule {
  static with(
    settings: AppSettings,
    pool: TenancyPoolOptions = {},
    { isObserved = false } = {},
  ): DynamicModule {
    return {
      module: RowhouseModule,
      imports: [
        TenancyModule.forRoot({
          typeorm: typeormOptions(settings),
          directUrl: settings.ownerUrl,
          pool: { roles: settings.roles, ...pool },
          // The self-check would refuse to start the variant without roles, and is not part of a request.
          selfCheck: 'off',
          resolvers: [new HeaderResolver({ header: TENANT_HEADER })],
        }),
        ...(isObserved ? [TenancyMetricsModule.forRoot(), ObservedProductsModule] : [ProductsModule]),
      ],
      controllers: [SlowController, HostileController],
    };
  }
}
