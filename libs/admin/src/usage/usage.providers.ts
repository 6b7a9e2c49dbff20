import type { Provider } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { UsageCloses, UsageMonths, UsageRecords, UsageSinks } from '@rowhouse/metrics/usage';

export const USAGE_PROVIDERS: readonly Provider[] = [
  { provide: UsageRecords, inject: [Catalog], useFactory: (catalog: Catalog) => new UsageRecords(catalog) },
  { provide: UsageCloses, inject: [Catalog], useFactory: (catalog: Catalog) => new UsageCloses(catalog) },
  { provide: UsageMonths, inject: [Catalog], useFactory: (catalog: Catalog) => new UsageMonths(catalog) },
  { provide: UsageSinks, inject: [Catalog], useFactory: (catalog: Catalog) => new UsageSinks(catalog) },
];
