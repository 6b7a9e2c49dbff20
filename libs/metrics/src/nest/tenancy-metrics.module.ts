import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { Catalog, TenantDirectory } from '@rowhouse/core';
import { DataSourceRegistry, TenancyHealth } from '@rowhouse/nestjs';
import { guardedPathOf, type OperatorRoutesOptions, operatorController } from '@rowhouse/nestjs/operator';
import { StatementPlans } from '../explain/statement-plans.js';
import { InstanceMetrics } from '../prometheus/instance-metrics.js';
import { PrometheusMetrics } from '../prometheus/prometheus-metrics.js';
import { TenantMetrics } from '../reading/tenant-metrics.js';
import { UsageCloses } from '../usage/closes/usage-closes.js';
import { UsageRecords } from '../usage/records/usage-records.js';
import { TenantUsage } from '../usage/tenant-usage.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsCollection } from './metrics-collection.js';
import { PrometheusController } from './prometheus.controller.js';
import {
  METRICS_OPTIONS,
  type MetricsOptions,
  parseMetricsOptions,
  type TenancyMetricsModuleOptions,
} from './tenancy-metrics-options.js';
import { UsageCollection } from './usage-collection.js';

/** What must be known before the options are: it decides which routes there are. */
export interface TenancyMetricsRoutesOptions extends OperatorRoutesOptions {
  /** Where Prometheus reads, behind `auth`, in an app that has `path`; below it `instance`. `false`: nowhere. Default `metrics`. */
  readonly prometheusPath?: string | false;
}

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-metrics-options');

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyMetricsModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyMetricsOptions')
    .setExtras<TenancyMetricsRoutesOptions>(
      { path: undefined, auth: undefined, prometheusPath: 'metrics' },
      define,
    )
    .build();

/**
 * Counts what each tenant does, in an app that has `TenancyModule` with a catalog:
 *
 *     TenancyMetricsModule.forRoot({ path: 'admin', auth: OperatorsOnly })
 *
 * Everywhere injectable: {@link TenantMetrics}, {@link MetricsCollection}, {@link StatementPlans}, {@link PrometheusMetrics} and
 * {@link InstanceMetrics}, {@link TenantUsage}, {@link UsageRecords}, {@link UsageCloses} and {@link UsageCollection}. With `path`, operators
 * read metrics below `<path>/metrics`, and Prometheus at `prometheusPath`, all behind `auth`.
 */
@Module({})
export class TenancyMetricsModule extends ConfigurableModuleClass {
  /** @throws {OptionsInvalidError} for `path` without `auth`; at start-up, naming the path of each other wrong option. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options that come from other providers; `path` and `auth` stand beside the factory.
   *
   * @throws {OptionsInvalidError} for `path` without `auth`.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}

function define(
  definition: DynamicModule,
  { prometheusPath, ...routes }: TenancyMetricsRoutesOptions,
): DynamicModule {
  const http = guardedPathOf('TenancyMetricsModule', routes);
  const prometheus =
    http && prometheusPath !== false
      ? guardedPathOf('TenancyMetricsModule', { path: prometheusPath, auth: http.auth })
      : undefined;
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      { provide: METRICS_OPTIONS, inject: [GIVEN_OPTIONS], useFactory: parseMetricsOptions },
      MetricsCollection,
      {
        provide: TenantMetrics,
        // Without a catalog the collection refuses to start.
        inject: [Catalog, MetricsCollection],
        useFactory: (catalog: Catalog) => new TenantMetrics(catalog),
      },
      {
        provide: StatementPlans,
        inject: [Catalog, { token: DataSourceRegistry, optional: true }],
        useFactory: (catalog: Catalog, registry?: DataSourceRegistry) =>
          new StatementPlans(catalog, registry),
      },
      {
        provide: PrometheusMetrics,
        inject: [Catalog, MetricsCollection],
        useFactory: (catalog: Catalog) => new PrometheusMetrics(catalog),
      },
      UsageCollection,
      {
        provide: TenantUsage,
        inject: [METRICS_OPTIONS, MetricsCollection],
        useFactory: ({ usage }: MetricsOptions, collection: MetricsCollection) =>
          new TenantUsage(usage?.meters ?? {}, (...used) => collection.used(...used)),
      },
      {
        provide: UsageRecords,
        inject: [Catalog, MetricsCollection],
        useFactory: (catalog: Catalog) => new UsageRecords(catalog),
      },
      {
        provide: UsageCloses,
        inject: [Catalog, MetricsCollection],
        useFactory: (catalog: Catalog) => new UsageCloses(catalog),
      },
      {
        provide: InstanceMetrics,
        inject: [
          TenantDirectory,
          { token: DataSourceRegistry, optional: true },
          { token: TenancyHealth, optional: true },
        ],
        useFactory: (directory: TenantDirectory, registry?: DataSourceRegistry, health?: TenancyHealth) =>
          new InstanceMetrics({ directory, registry, health }),
      },
    ],
    controllers: [
      ...(http ? [operatorController(http, MetricsController, 'metrics')] : []),
      ...(prometheus ? [operatorController(prometheus, PrometheusController)] : []),
    ],
    exports: [
      InstanceMetrics,
      MetricsCollection,
      PrometheusMetrics,
      StatementPlans,
      TenantMetrics,
      TenantUsage,
      UsageCloses,
      UsageCollection,
      UsageRecords,
    ],
  };
}
