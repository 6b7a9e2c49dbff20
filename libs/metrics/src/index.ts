export { SlowStatementNotFoundError, StatementNotExplainableError } from './errors.js';
export { type StatementPlan, StatementPlans } from './explain/statement-plans.js';
export { MetricsController } from './nest/metrics.controller.js';
export { MetricsCollection } from './nest/metrics-collection.js';
export { PrometheusController } from './nest/prometheus.controller.js';
export { TenancyMetricsModule, type TenancyMetricsRoutesOptions } from './nest/tenancy-metrics.module.js';
export type {
  TenancyMetricsModuleOptions,
  TenancyMetricsOptionsFactory,
  UsageOptions,
} from './nest/tenancy-metrics-options.js';
export { UsageCollection } from './nest/usage-collection.js';
export { InstanceMetrics, type InstanceParts } from './prometheus/instance-metrics.js';
export { PrometheusMetrics } from './prometheus/prometheus-metrics.js';
export type { Counts } from './reading/counts.js';
export type { NowReport, StatementNow, TenantNow } from './reading/now.js';
export type { SeriesQuery } from './reading/series.js';
export type { ServerFigures } from './reading/server-figures.js';
export {
  type FileCount,
  type FleetMetricsReport,
  type Metrics,
  type SeriesPoint,
  type SlowStatementReport,
  type Storage,
  TenantMetrics,
  type TenantMetricsReport,
  type TopTenant,
} from './reading/tenant-metrics.js';
export type { TopBy, TopOver } from './reading/top.js';
export type { Tracing } from './tracing.js';
