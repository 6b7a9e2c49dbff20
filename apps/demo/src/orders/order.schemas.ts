import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { id } from '../http/text.js';
import { OrderStatus } from './order.entity.js';

const newOrderLine = z.strictObject({ productId: id, quantity: z.int().min(1).max(1_000) });

export const newOrder = z.strictObject({
  customerId: id,
  lines: z
    .array(newOrderLine)
    .min(1)
    .max(50)
    .refine((lines) => new Set(lines.map(({ productId }) => productId)).size === lines.length, {
      error: 'expected each product once',
    }),
});
export type NewOrder = z.output<typeof newOrder>;

/** What the staff of a shop may change. */
export const orderChange = z.strictObject({ status: z.enum(OrderStatus) });
export type OrderChange = z.output<typeof orderChange>;

/** In the order of their numbers. */
export const ordersQuery = pageQuery({
  defaultLimit: 20,
  maxLimit: 100,
  key: z.tuple([z.int32().min(1)]),
}).extend({
  status: z.enum(OrderStatus).optional(),
});
export type OrdersQuery = z.output<typeof ordersQuery>;
