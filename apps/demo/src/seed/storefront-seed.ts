import { createHash } from 'node:crypto';
import type { TenantIsolation } from '@rowhouse/nestjs';
import type { OrderStatus } from '../orders/order.entity.js';

/** What a tenant's shop holds on its first day. */
export interface StorefrontSeed {
  readonly slug: string;
  readonly name: string;
  readonly plan: string;
  /** How it is kept apart from the others. */
  readonly isolation: TenantIsolation;
  /** By SKU. */
  readonly products: Readonly<Record<string, ProductSeed>>;
  /** By e-mail address. */
  readonly customers: Readonly<Record<string, CustomerSeed>>;
  /** Who works there, by e-mail address, which is the subject of their tokens too. */
  readonly members: Readonly<Record<string, MemberSeed>>;
  /** In the order in which they were placed. */
  readonly orders: readonly OrderSeed[];
}

/** Name, price in cents, pieces in stock, description. */
type ProductSeed = readonly [name: string, priceCents: number, stock: number, description: string];

/** Name and ISO 3166-1 alpha-2 code of the country. */
type CustomerSeed = readonly [name: string, countryCode: string];

type MemberSeed = readonly [name: string, role: 'owner' | 'staff'];

interface OrderSeed {
  /** E-mail address. */
  readonly customer: string;
  readonly status: `${OrderStatus}`;
  /** ISO 8601. */
  readonly placedAt: string;
  /** Quantities by SKU. */
  readonly lines: Readonly<Record<string, number>>;
}

/**
 * The id of something seeded: the same on every machine, and different in every shop. A UUID of version 8, made of a
 * hash (RFC 9562, 5.8).
 */
export function seedId(slug: string, kind: 'product' | 'customer' | 'order', key: string): string {
  const hex = createHash('sha256').update(`${slug}/${kind}/${key}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
