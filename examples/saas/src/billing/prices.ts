import type { PriceList } from '@rowhouse/metrics/usage';

/** What the app counts itself, beside requests, statements and storage. */
export const meters = { documents: 'documents', searches: 'searches' };

/** What a month costs beside the plan. */
export const prices: PriceList = {
  currency: 'EUR',
  meters: {
    documents: { price: '0.10' },
    searches: { price: '2.00', per: '1000' },
    requests: { price: '0.50', per: '1000', free: '100000' },
  },
};
