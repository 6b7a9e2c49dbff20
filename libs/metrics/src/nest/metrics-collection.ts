import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import {
  Catalog,
  EffectivePlans,
  OptionsInvalidError,
  TenantDirectory,
  type TenantStore,
} from '@rowhouse/core';
import { messageOf, type PoolObserver } from '@rowhouse/core/internal';
import {
  DataSourceRegistry,
  HealthChecks,
  type HealthFinding,
  RequestObservation,
  type RequestObserver,
  TENANT_STORE,
} from '@rowhouse/nestjs';
import { ActivityWatch } from '../activity/activity-watch.js';
import { MetricsCollector } from '../collector/metrics-collector.js';
import { MetricsFlusher } from '../flush/metrics-flusher.js';
import type { Tracing } from '../tracing.js';
import { MetricsUpkeep } from '../upkeep/metrics-upkeep.js';
import { METRICS_OPTIONS, type MetricsOptions } from './tenancy-metrics-options.js';

/** Counts what the tenants of this process do, from its start to its end. */
@Injectable()
export class MetricsCollection implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(MetricsCollection.name);
  readonly #collector: MetricsCollector;
  readonly #flusher: MetricsFlusher;
  readonly #upkeep: MetricsUpkeep;
  /** Without pools there is nothing to watch. */
  readonly #activity: ActivityWatch | undefined;

  constructor(
    @Inject(METRICS_OPTIONS) private readonly options: MetricsOptions,
    @Inject(RequestObservation) private readonly requests: RequestObservation,
    @Inject(TENANT_STORE) store: TenantStore,
    @Inject(TenantDirectory) directory: TenantDirectory,
    @Inject(EffectivePlans) plans: EffectivePlans,
    @Inject(HealthChecks) checks: HealthChecks,
    @Optional() @Inject(Catalog) private readonly catalog?: Catalog,
    @Optional() @Inject(DataSourceRegistry) private readonly registry?: DataSourceRegistry,
  ) {
    if (!catalog)
      throw new OptionsInvalidError('TenancyMetricsModule', [
        {
          field: 'directUrl',
          expected: 'expected TenancyModule with typeorm or directUrl, which lead to the catalog',
        },
      ]);
    this.#collector = new MetricsCollector(options);
    this.#flusher = new MetricsFlusher({
      catalog,
      collector: this.#collector,
      flushMs: options.flushMs,
      onProblem: (error) =>
        this.#logger.warn(`What tenants did could not be written to the catalog: ${messageOf(error)}`),
    });
    this.#upkeep = new MetricsUpkeep({
      catalog,
      store,
      registry,
      storageMs: options.storageMs,
      onProblem: (error) =>
        this.#logger.warn(`The upkeep of metrics failed in part, and is tried again: ${messageOf(error)}`),
    });
    checks.add({ name: 'metrics', check: async () => findingOfFlushes(this.#flusher) });
    if (!registry) return;
    const activity = new ActivityWatch({
      catalog,
      pools: registry,
      thresholds: options.noisy,
      noisyConcurrencyOf: async (id) => {
        const tenant = await directory.byId(id);
        return tenant && plans.limitsOf(tenant).noisyConcurrency;
      },
      onProblem: (error) => this.#logger.warn(`${NOBODY_THROTTLED}: ${messageOf(error)}`),
    });
    this.#activity = activity;
    checks.add({ name: 'noisyNeighbours', check: async () => findingOfActivity(activity) });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.catalog?.migrate();
    const { tracing } = this.options;
    this.requests.observe(tracing ? tracedRequests(this.#collector, tracing) : this.#collector);
    this.registry?.observe(this.#statements(tracing));
    // Requests and statements go on while the app is closed; the catalog is closed last.
    this.catalog?.beforeClose(() => this.#flusher.close());
    this.#flusher.start();
    this.#upkeep.start();
    this.#activity?.start();
  }

  /** Before the connections are closed that it measures by. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#upkeep.close(), this.#activity?.close()]);
  }

  /** Counts what the app has done for a tenant: see `TenantUsage`. */
  used(tenantId: string, meter: string, quantity: number): void {
    this.#collector.used(tenantId, meter, quantity);
  }

  /** Writes to the catalog what was counted until now, as happens every few seconds. */
  flush(): Promise<void> {
    return this.#flusher.flush();
  }

  #statements(tracing: Tracing | undefined): PoolObserver {
    const collector = this.#collector;
    const activity = this.#activity;
    return {
      begun: () => tracing?.begun?.(),
      statement: (key, statement) => {
        collector.statement(key, statement);
        activity?.statement(key, statement.durationMs);
        tracing?.statement?.(key, statement);
      },
      waited: (key, durationMs) => collector.waited(key, durationMs),
      exhausted: (key) => collector.exhausted(key),
      cacheRead: (key, isHit) => collector.cacheRead(key, isHit),
    };
  }

  /** Reports what the tenants do now, and finds who is a noisy neighbour, as happens every two seconds. It does not fail. */
  async report(): Promise<void> {
    await this.#activity?.report();
  }

  /** Removes what is too old, and measures storage when it is time to; unless another instance is at it. */
  upkeep(): Promise<void> {
    return this.#upkeep.run();
  }
}

const NOBODY_THROTTLED = 'What tenants do now is not known, and nobody is throttled';

function tracedRequests(collector: MetricsCollector, tracing: Tracing): RequestObserver {
  return {
    entered: (tenant) => tracing.entered(tenant),
    ended: (request) => collector.ended(request),
  };
}

function findingOfFlushes({ failingSince }: MetricsFlusher): HealthFinding {
  if (!failingSince) return { status: 'up' };
  const message = 'what tenants do is counted, and cannot be written to the catalog';
  return { status: 'degraded', message, failingSince: failingSince.toISOString() };
}

function findingOfActivity({ failure }: ActivityWatch): HealthFinding {
  if (failure === undefined) return { status: 'up' };
  return { status: 'degraded', message: `${NOBODY_THROTTLED}: ${messageOf(failure)}` };
}
