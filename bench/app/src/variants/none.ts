import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProductsModule } from '../products.module.js';
import { type AppSettings, typeormOptions } from '../settings.js';

/** No tenancy: one table in schema public, and the header is ignored. */
@Module({})
export class NoTenancyModule {
  static with(settings: AppSettings): DynamicModule {
    return {
      module: NoTenancyModule,
      imports: [TypeOrmModule.forRoot(typeormOptions(settings)), ProductsModule],
    };
  }
}
