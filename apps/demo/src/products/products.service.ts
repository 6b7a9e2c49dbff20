import { ConflictException, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { RowQuotas } from '@rowhouse/nestjs';
import { type Page, pageOf } from '@rowhouse/nestjs/operator';
import { findOwnedOr404 } from '@rowhouse/typeorm';
import { MoreThan, QueryFailedError, Repository } from 'typeorm';
import { Product } from './product.entity.js';
import type { NewProduct, ProductsQuery } from './product.schemas.js';

/** SQLSTATE unique_violation (PostgreSQL manual, Appendix A). */
const UNIQUE_VIOLATION = '23505';

@Injectable()
export class ProductsService {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    private readonly quotas: RowQuotas,
  ) {}

  async list({ limit, cursor }: ProductsQuery): Promise<Page<Product>> {
    const found = await this.products.find({
      where: cursor ? { sku: MoreThan(cursor[0]) } : {},
      order: { sku: 'ASC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ sku }) => [sku]);
  }

  get(id: string): Promise<Product> {
    return findOwnedOr404(this.products, id);
  }

  async create(input: NewProduct): Promise<Product> {
    try {
      return await this.#addWithinQuota(input);
    } catch (cause) {
      const isTaken = cause instanceof QueryFailedError && cause.driverError.code === UNIQUE_VIOLATION;
      if (!isTaken) throw cause;
      throw new ConflictException(`There is a product ${input.sku} already.`, { cause });
    }
  }

  /** Under a lock of the shop, so that two at once do not both take the last place. */
  #addWithinQuota(input: NewProduct): Promise<Product> {
    return this.products.manager.transaction(async (manager) => {
      await this.quotas.requireRoom('products', manager, Product);
      return manager.save(manager.create(Product, input));
    });
  }
}
