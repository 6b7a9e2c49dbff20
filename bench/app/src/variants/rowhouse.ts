import { type DynamicModule, Module } from '@nestjs/common';
import type { TenancyPoolOptions } from '@rowhouse/core';
import { TenancyMetricsModule } from '@rowhouse/metrics';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { HostileController } from '../hostile/hostile.controller.js';
import { ProductsModule } from '../products.module.js';
import { type AppSettings, TENANT_HEADER, typeormOptions } from '../settings.js';
import { SlowController } from '../slow.controller.js';
import { LoggingProductsModule, ObservedProductsModule } from './observed-products.module.js';

/** What is done beside the work: nothing; a line of the log for each request; or that, metrics and rates. */
export type Observed = 'not' | 'lines' | 'wholly';

const PRODUCTS = {
  not: () => [ProductsModule],
  lines: () => [LoggingProductsModule],
  wholly: () => [TenancyMetricsModule.forRoot(), ObservedProductsModule],
};

/** The app without tenancy, under another root module. */
@Module({})
export class RowhouseModule {
  static with(
    settings: AppSettings,
    pool: TenancyPoolOptions = {},
    observed: Observed = 'not',
  ): DynamicModule {
    return {
      module: RowhouseModule,
      imports: [
        TenancyModule.forRoot({
          typeorm: typeormOptions(settings),
          directUrl: settings.ownerUrl,
          pool: {
            roles: settings.roles,
            ...(settings.isolation === 'row' && { homeSchema: 'rows' }),
            ...pool,
          },
          // The self-check would refuse to start the variant without roles, and is not part of a request.
          selfCheck: 'off',
          resolvers: [new HeaderResolver({ header: TENANT_HEADER })],
        }),
        ...PRODUCTS[observed](),
      ],
      controllers: [SlowController, HostileController],
    };
  }
}
