import { defineMasks, mask } from '@rowhouse/transfer';

/** What a clone of a shop may show to developers: its catalogue and its orders, and nothing of its customers. */
export const shopMasks = {
  staging: defineMasks({
    products: { sku: mask.keep(), name: mask.keep(), description: mask.keep() },
    customers: { name: mask.fake('name'), email: mask.email(), country_code: mask.keep() },
    orders: { status: mask.keep() },
  }),
};
