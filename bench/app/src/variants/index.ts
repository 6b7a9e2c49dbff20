import type { DynamicModule } from '@nestjs/common';
import type { TenancyPoolOptions } from '@rowhouse/core';
import type { AppSettings } from '../settings.js';
import type { Observed } from './rowhouse.js';

type RootModule = (settings: AppSettings) => Promise<DynamicModule>;

/** As in docs/pooling.md, "Tenants that may do harm". */
const LIMITS_FOR_UNTRUSTED = { concurrency: 2, statementTimeoutMs: 1_000, discardsPerSecond: 1 };

/** Loads only the variant that runs, so that its memory holds no modules of the others. */
export const VARIANTS: ReadonlyMap<string, RootModule> = new Map<string, RootModule>([
  ['none', async (settings) => (await import('./none.js')).NoTenancyModule.with(settings)],
  ['none-als', async (settings) => (await import('./none.js')).NoTenancyModule.inContext(settings)],
  ['none-prepared', async (settings) => (await import('./none.js')).NoTenancyModule.prepared(settings)],
  ['rowhouse-pin', rowhouse({ roles: false, guard: { mode: 'off' } })],
  ['rowhouse-roles', rowhouse({ guard: { mode: 'off' } })],
  ['rowhouse-statement', rowhouse()],
  ['rowhouse-lines', rowhouse({}, 'lines')],
  ['rowhouse-metrics', rowhouse({}, 'wholly')],
  ['rowhouse-throttle', rowhouse({ limits: { noisyConcurrency: 1 } }, 'wholly')],
  ['rowhouse-session', rowhouse({ pin: 'session' })],
  ['rowhouse-limits', rowhouse({ limits: LIMITS_FOR_UNTRUSTED })],
  [
    'datasource-per-tenant',
    async (settings) => (await import('./datasource-per-tenant.js')).DataSourcePerTenantModule.with(settings),
  ],
  [
    'set-search-path',
    async (settings) => (await import('./set-search-path.js')).SetSearchPathModule.with(settings),
  ],
  ['set-local', async (settings) => (await import('./set-local.js')).SetLocalModule.with(settings)],
]);

function rowhouse(pool?: TenancyPoolOptions, observed?: Observed): RootModule {
  return async (settings) => (await import('./rowhouse.js')).RowhouseModule.with(settings, pool, observed);
}
