import { type DynamicModule, Module } from '@nestjs/common';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { ProductsModule } from '../products.module.js';
import { type AppSettings, TENANT_HEADER, typeormOptions } from '../settings.js';

/** The app without tenancy, under another root module. */
@Module({})
export class RowhouseModule {
  static with(settings: AppSettings, pin: 'statement' | 'session'): DynamicModule {
    return {
      module: RowhouseModule,
      imports: [
        TenancyModule.forRoot({
          typeorm: typeormOptions(settings),
          pool: { pin },
          resolvers: [new HeaderResolver({ header: TENANT_HEADER })],
        }),
        ProductsModule,
      ],
    };
  }
}
