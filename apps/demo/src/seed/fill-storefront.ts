import type { EntityManager } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { Order, type OrderStatus } from '../orders/order.entity.js';
import { Product } from '../products/product.entity.js';
import { type StorefrontSeed, seedId } from './storefront-seed.js';

/**
 * Fills an empty shop, and leaves one with products as it is.
 *
 * @param manager - of a transaction, so that a shop is never left half-filled.
 */
export async function fillStorefront(manager: EntityManager, seed: StorefrontSeed): Promise<void> {
  if (await manager.exists(Product)) return;
  const { slug } = seed;

  const products = Object.entries(seed.products).map(([sku, [name, priceCents, stock, description]]) =>
    manager.create(Product, { id: seedId(slug, 'product', sku), sku, name, priceCents, stock, description }),
  );
  await manager.insert(Product, products);
  const productOf = new Map(products.map((product) => [product.sku, product]));

  await manager.insert(
    Customer,
    Object.entries(seed.customers).map(([email, [name, code]]) => ({
      id: seedId(slug, 'customer', email),
      name,
      email,
      country: { code },
    })),
  );

  for (const [index, { customer, status, placedAt, lines }] of seed.orders.entries()) {
    const orderLines = Object.entries(lines).map(([sku, quantity]) => {
      const product = productOf.get(sku);
      if (!product) throw new Error(`The seed of ${slug} orders ${sku}, which it does not sell.`);
      return { product, quantity, unitPriceCents: product.priceCents };
    });
    const order = manager.create(Order, {
      id: seedId(slug, 'order', String(index + 1)),
      customer: { id: seedId(slug, 'customer', customer) },
      status: status as OrderStatus,
      placedAt: new Date(placedAt),
      totalCents: orderLines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0),
      lines: orderLines,
    });
    await manager.save(order);
  }
}
