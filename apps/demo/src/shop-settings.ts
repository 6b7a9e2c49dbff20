import { z } from 'zod';

/** What a shop may set for itself. */
const schema = z.object({
  currency: z.enum(['EUR', 'USD', 'GBP', 'SEK']).default('EUR'),
});

export const shopSettings = { schema };
export type ShopSettings = z.output<typeof schema>;
