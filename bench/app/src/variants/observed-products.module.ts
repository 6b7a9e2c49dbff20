import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Injectable,
  Module,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimit, tenantLogFields } from '@rowhouse/nestjs';
import { pino } from 'pino';
import type { Observable } from 'rxjs';
import { tap } from 'rxjs';
import { Product } from '../product.entity.js';
import { ProductsController } from '../products.controller.js';
import { ProductsService } from '../products.service.js';

/** A line for each request, with its tenant, to nowhere. */
@Injectable()
class RequestLines implements NestInterceptor {
  readonly #logger = pino({ mixin: tenantLogFields }, pino.destination('/dev/null'));

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => this.#logger.info('answered')));
  }
}

/** The same routes under a rate that nobody reaches. */
@Controller('products')
@RateLimit('1000000/second')
@UseInterceptors(RequestLines)
class ObservedProductsController extends ProductsController {}

@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [ObservedProductsController],
  providers: [ProductsService],
})
export class ObservedProductsModule {}
