import type { Plans } from '@rowhouse/nestjs';

/** What a shop may have, by its plan. */
export const plans = {
  free: {
    // A shop that takes most of the database gets two connections until it is quiet again.
    limits: { concurrency: 5, noisyConcurrency: 2, statementTimeoutMs: 10_000 },
    quotas: { products: 1_000 },
    rates: { requests: '600/minute' },
  },
  pro: { quotas: { products: 50_000 }, rates: { requests: '6000/minute' }, features: ['export'] },
  enterprise: { quotas: { products: 'unlimited' }, rates: { requests: 'unlimited' }, features: ['export'] },
} satisfies Plans;
