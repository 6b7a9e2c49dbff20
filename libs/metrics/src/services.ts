// For programs without Nest, as the command.
export type { NowReport, StatementNow, TenantNow } from './reading/now.js';
export { TenantMetrics } from './reading/tenant-metrics.js';
