import { Logger } from '@nestjs/common';
import { type Catalog, OptionsInvalidError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import type { TenancyOptions } from '../tenancy-options.js';
import { CatalogRateStore } from './catalog-rate-store.js';
import { MemoryRateStore } from './memory-rate-store.js';
import type { RateStore } from './rate-store.js';
import { RedisRateStore } from './redis-rate-store.js';
import { SharedRateStore } from './shared-rate-store.js';
import { TenantRates } from './tenant-rates.js';

/** Injection token of the {@link RateStore} in use. */
export const RATE_STORE = Symbol('rowhouse.rate-store');

/** @throws {OptionsInvalidError} */
export function rateStoreOf({ rates: { store } }: TenancyOptions, catalog: Catalog | undefined): RateStore {
  const own = new MemoryRateStore();
  if (store === 'memory') return own;
  const logger = new Logger(TenantRates.name);
  return new SharedRateStore({
    shared: store === 'catalog' ? catalogRateStore(catalog) : new RedisRateStore(store),
    own,
    onChange: (away) => {
      if (away) logger.warn(`Rates are counted by this instance for itself: ${messageOf(away.error)}`);
      else logger.log('Rates are counted together with the other instances again.');
    },
  });
}

function catalogRateStore(catalog: Catalog | undefined): RateStore {
  if (catalog) return new CatalogRateStore(catalog);
  throw new OptionsInvalidError('TenancyModule', [
    {
      field: 'rates.store',
      expected: 'expected typeorm or directUrl, which name the database of the catalog',
    },
  ]);
}
