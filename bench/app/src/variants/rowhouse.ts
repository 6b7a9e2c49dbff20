import { type DynamicModule, Module } from '@nestjs/common';
import type { TenancyPoolOptions } from '@rowhouse/core';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { HostileController } from '../hostile/hostile.controller.js';
import { ProductsModule } from '../products.module.js';
import { type AppSettings, TENANT_HEADER, typeormOptions } from '../settings.js';
import { SlowController } from '../slow.controller.js';

/** The app without tenancy, under another root module. */
@Module({})
export class RowhouseModule {
  static with(settings: AppSettings, pool: TenancyPoolOptions = {}): DynamicModule {
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
        ProductsModule,
      ],
      controllers: [SlowController, HostileController],
    };
  }
}
