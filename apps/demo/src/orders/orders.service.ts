import { ConflictException, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { TenantSettings } from '@rowhouse/admin';
import { TenantUsage } from '@rowhouse/metrics/usage';
import { type Page, pageOf } from '@rowhouse/nestjs/operator';
import { findOwnedOr404 } from '@rowhouse/typeorm';
import { type DeepPartial, type EntityManager, In, LessThan, Repository } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { Product } from '../products/product.entity.js';
import type { ShopSettings } from '../shop-settings.js';
import { Order, type OrderLine, OrderStatus } from './order.entity.js';
import type { NewOrder, OrderChange, OrdersQuery } from './order.schemas.js';

const EXPORTED_AT_MOST = 10_000;

@Injectable()
export class OrdersService {
  private readonly logger = new Logger(OrdersService.name);

  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly settings: TenantSettings<ShopSettings>,
    private readonly usage: TenantUsage,
  ) {}

  /** Newest first. */
  async list({ limit, cursor, status }: OrdersQuery): Promise<Page<Order>> {
    const found = await this.orders.find({
      where: {
        ...(cursor ? { number: LessThan(cursor[0]) } : {}),
        ...(status === undefined ? {} : { status }),
      },
      relations: { customer: true },
      order: { number: 'DESC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ number }) => [number]);
  }

  get(id: string): Promise<Order> {
    return findOwnedOr404(this.orders, id, {
      relations: { customer: true, lines: { product: true } },
      order: { lines: { product: { sku: 'ASC' } } },
    });
  }

  /** CSV (RFC 4180), newest first. No field of it is text that somebody typed. */
  async export(): Promise<string> {
    const { currency } = await this.settings.get();
    const found = await this.orders.find({ order: { number: 'DESC' }, take: EXPORTED_AT_MOST });
    const lines = found.map(({ number, placedAt, status, totalCents }) =>
      [number, placedAt.toISOString(), status, (totalCents / 100).toFixed(2), currency].join(','),
    );
    return ['number,placedAt,status,total,currency', ...lines, ''].join('\r\n');
  }

  /** An order that was shipped or cancelled stays so. */
  async change(id: string, change: OrderChange): Promise<Order> {
    const { status } = await this.get(id);
    const isOpen = { id, status: In([OrderStatus.Pending, OrderStatus.Paid]) };
    const { affected } = await this.orders.update(isOpen, change);
    if (affected !== 1) throw new ConflictException(`The order is ${status}.`);
    return this.get(id);
  }

  /** Takes the goods out of stock and writes the order, or does neither. */
  async place({ customerId, lines }: NewOrder): Promise<Order> {
    const { id } = await this.orders.manager.transaction(async (manager) => {
      const customer = await findOwnedOr404(manager.getRepository(Customer), customerId);

      const orderLines: DeepPartial<OrderLine>[] = [];
      let totalCents = 0;
      // In the same order for everybody: two orders for the same products wait for each other and do not deadlock.
      for (const { productId, quantity } of lines.toSorted(byProduct)) {
        const product = await takeFromStock(manager, productId, quantity);
        orderLines.push({ product, quantity, unitPriceCents: product.priceCents });
        totalCents += quantity * product.priceCents;
      }
      return manager.save(manager.create(Order, { customer, totalCents, lines: orderLines }));
    });
    this.usage.add('orders', 1);
    const order = await this.get(id);
    this.logger.log(`Order ${order.number} was placed.`);
    return order;
  }
}

const byProduct = (a: { productId: string }, b: { productId: string }) =>
  a.productId < b.productId ? -1 : 1;

/** Locks the product until the transaction ends, so that nobody else takes the same pieces. */
async function takeFromStock(manager: EntityManager, id: string, quantity: number): Promise<Product> {
  const product = await findOwnedOr404(manager.getRepository(Product), id, {
    lock: { mode: 'pessimistic_write' },
  });
  product.take(quantity);
  await manager.update(Product, id, { stock: product.stock });
  return product;
}
