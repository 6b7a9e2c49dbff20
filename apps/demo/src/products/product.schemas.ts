import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { line } from '../http/text.js';

const sku = z
  .string()
  .max(40)
  .regex(/^[A-Z0-9]+(?:-[A-Z0-9]+)*$/, 'expected capitals and digits in groups joined by "-", as in TENT-2P');

export const newProduct = z.strictObject({
  sku: sku.meta({ example: 'LANTERN-USB' }),
  name: line(200).meta({ example: 'Rechargeable camp lantern' }),
  description: line(2_000, 0).default(''),
  priceCents: z.int().min(0).max(100_000_000).meta({ example: 3_900 }),
  stock: z.int().min(0).max(1_000_000).default(0),
});
export type NewProduct = z.output<typeof newProduct>;

/** In the order of their SKUs. */
export const productsQuery = pageQuery({ defaultLimit: 20, maxLimit: 100, key: z.tuple([sku]) });
export type ProductsQuery = z.output<typeof productsQuery>;
