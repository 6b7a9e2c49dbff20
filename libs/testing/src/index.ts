export type { AppOrUrl, ServableApp } from './checks/app-server.js';
export { expectContextKept } from './checks/expect-context-kept.js';
export { expectIsolated, type IsolationRequest } from './checks/expect-isolated.js';
export { expectKeysOfTenant } from './checks/expect-keys-of-tenant.js';
export { type CountedPool, expectNoLeaks, type LeakCheckOptions } from './checks/leak-check.js';
export { type ProvidedDatabase, provideDatabase } from './databases/provide-database.js';
export {
  createTemplateDatabase,
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './databases/test-database.js';
export {
  createTestTenant,
  type MigratableDataSource,
  type TenantDataSources,
  type TestTenant,
  type TestTenantOptions,
} from './databases/test-tenant.js';
export { withTenant } from './databases/with-tenant.js';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded/embedded-postgres.js';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded/embedded-postgres-error.js';
