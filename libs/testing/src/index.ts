export type { AppOrUrl, ServableApp } from './app-server.js';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.js';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded-postgres-error.js';
export { expectIsolated, type IsolationRequest } from './expect-isolated.js';
export { type CountedPool, expectNoLeaks, type LeakCheckOptions } from './leak-check.js';
export {
  createTemplateDatabase,
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './test-database.js';
export {
  createTestTenant,
  type MigratableDataSource,
  type TenantDataSources,
  type TestTenant,
  type TestTenantOptions,
} from './test-tenant.js';
export { withTenant } from './with-tenant.js';
