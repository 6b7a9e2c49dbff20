import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type NewProduct, PAGE_SIZE, Product } from './product.entity.js';

@Injectable()
export class ProductsService {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  list(): Promise<Product[]> {
    return this.products.find({ order: { id: 'ASC' }, take: PAGE_SIZE });
  }

  create(product: NewProduct): Promise<Product> {
    return this.products.save(this.products.create(product));
  }
}
