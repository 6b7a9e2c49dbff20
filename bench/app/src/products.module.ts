import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Product } from './product.entity.js';
import { ProductsController } from './products.controller.js';
import { ProductsService } from './products.service.js';
import { WorksController } from './works/works.controller.js';

/** The app without any code about tenants. `none` and the Rowhouse variants run exactly this module. */
@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [ProductsController, WorksController],
  providers: [ProductsService],
})
export class ProductsModule {}
