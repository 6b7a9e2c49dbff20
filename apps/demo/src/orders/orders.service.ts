import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, LessThan, Repository } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { type Page, pageOf } from '../http/pagination.js';
import { Product } from '../products/product.entity.js';
import { Order } from './order.entity.js';
import type { NewOrder, OrdersQuery } from './order.schemas.js';

@Injectable()
export class OrdersService {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /** Newest first. */
  async list({ limit, cursor, status }: OrdersQuery): Promise<Page<Order>> {
    const found = await this.orders.find({
      where: {
        ...(cursor === undefined ? {} : { number: LessThan(cursor) }),
        ...(status === undefined ? {} : { status }),
      },
      relations: { customer: true },
      order: { number: 'DESC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ number }) => number);
  }

  async get(id: string): Promise<Order> {
    const order = await this.orders.findOne({
      where: { id },
      relations: { customer: true, lines: { product: true } },
      order: { lines: { product: { sku: 'ASC' } } },
    });
    if (!order) throw new NotFoundException('There is no such order.');
    return order;
  }

  /** Takes the goods out of stock and writes the order, or does neither. */
  async place({ customerId, lines }: NewOrder): Promise<Order> {
    const { id } = await this.orders.manager.transaction(async (manager) => {
      const customer = await manager.findOneBy(Customer, { id: customerId });
      if (!customer) throw new NotFoundException('There is no such customer.');

      const products = await lockProducts(
        manager,
        lines.map(({ productId }) => productId),
      );
      const orderLines = lines.map(({ productId, quantity }) => {
        const product = products.get(productId);
        if (!product) throw new NotFoundException(`There is no product ${productId}.`);
        product.take(quantity);
        return { product, quantity, unitPriceCents: product.priceCents };
      });
      await manager.save([...products.values()]);

      const totalCents = orderLines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
      return manager.save(manager.create(Order, { customer, totalCents, lines: orderLines }));
    });
    return this.get(id);
  }
}

/** In the order of their ids, so that two orders for the same products wait for each other instead of deadlocking. */
async function lockProducts(manager: EntityManager, ids: string[]): Promise<Map<string, Product>> {
  const products = await manager.find(Product, {
    where: { id: In(ids) },
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  return new Map(products.map((product) => [product.id, product]));
}
