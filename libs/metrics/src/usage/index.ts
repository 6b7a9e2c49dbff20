export {
  type CheckedUsageClose,
  type UsageClose,
  UsageCloses,
} from './closes/usage-closes.js';
export type { UsageTotal } from './closes/usage-total.js';
export type { PriceList } from './cost/price-list.js';
export { type TenantCost, type UsageCostReport, usageCost, usageCostLines } from './cost/usage-cost.js';
export { type UsageSinkState, UsageSinks } from './delivery/usage-sinks.js';
export {
  type MeterQuantity,
  type MeterSum,
  type TenantUsageOfMonth,
  type UsageMonth,
  UsageMonths,
  type UsageOfMonthListing,
} from './months/usage-months.js';
export type { UsageEvent } from './records/usage-event.js';
export { USAGE_FORMATS, type UsageFormat } from './records/usage-lines.js';
export type { UsageRecord } from './records/usage-record.js';
export { type UsageFilter, type UsageListing, UsageRecords } from './records/usage-records.js';
export { type OpenMeterSinkOptions, openMeterSink } from './sinks/open-meter-sink.js';
export type { SinkSecret } from './sinks/sink-options.js';
export {
  type BilledTenant,
  type CustomerOf,
  type StripeSinkOptions,
  stripeSink,
} from './sinks/stripe-sink.js';
export type { UsageBatch, UsageSink } from './sinks/usage-sink.js';
export { type WebhookSinkOptions, webhookSink } from './sinks/webhook-sink.js';
export { TenantUsage } from './tenant-usage.js';
export {
  UsageCloseConflictError,
  UsageCloseNotFoundError,
  UsageMeterUnknownError,
  UsageSinkError,
} from './usage-errors.js';
export type { OwnMeters } from './usage-meters.js';
