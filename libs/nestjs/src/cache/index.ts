export { TenantCacheInterceptor, tenantCacheKey } from './tenant-cache.interceptor.js';
