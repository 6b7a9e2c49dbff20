import { z } from 'zod';
import { pageQuery } from '../http/pagination.js';
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

const orderNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/, 'expected a cursor of this listing')
  .transform(Number);

export const ordersQuery = pageQuery(orderNumber).extend({
  status: z.enum(OrderStatus).optional(),
});
export type OrdersQuery = z.output<typeof ordersQuery>;
