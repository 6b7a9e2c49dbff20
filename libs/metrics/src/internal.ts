// What the packages of Rowhouse share among themselves. It may change with any release.

export { MetricsCollector } from './collector/metrics-collector.js';
export { MetricsFlusher } from './flush/metrics-flusher.js';
export { UsageDelivery } from './usage/delivery/usage-delivery.js';
export { monthSchema } from './usage/month.js';
export { recordUsage } from './usage/records/record-usage.js';
export { usageFilterSchema } from './usage/records/usage-records.js';
export { UsageRecorder } from './usage/usage-recorder.js';
