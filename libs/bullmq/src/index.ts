export { TenantProcessor } from './tenant-processor.decorator.js';
export { tenantQueue } from './tenant-queue.js';
