export type { Embed } from './embed.js';
export {
  CollectionConflictError,
  VectorStoreUnavailableError,
  VectorsInvalidError,
  VectorsNotPreparedError,
} from './errors.js';
export type { HomeStoreName } from './home/embedding-type.js';
export {
  type PgvectorMigrationOptions,
  pgvectorMigration,
  type VectorTablesOptions,
  vectorTablesMigration,
} from './home/vector-tables-migration.js';
export { TenantVectorsModule } from './nest/tenant-vectors.module.js';
export type { TenantVectorsModuleOptions, TenantVectorsOptionsFactory } from './nest/vectors-options.js';
export type { CollectionFacts, CollectionShape, Metric } from './records/collection-facts.js';
export type { FieldFilter, VectorFilter } from './records/filter.js';
export type {
  MetadataValue,
  NewVectorRecord,
  VectorMatch,
  VectorMetadata,
  VectorRecord,
} from './records/vector-record.js';
export type {
  SharedCollection,
  SharedMigrationOptions,
  SharedMigrationProgress,
} from './shared/migrate-shared.js';
export {
  TenantCollection,
  type VectorDelete,
  type VectorGet,
  type VectorPage,
  type VectorQuery,
} from './tenant-collection.js';
export { type CollectionSummary, TenantVectors, type TenantVectorsOptions } from './tenant-vectors.js';
export type { VectorStore } from './vector-store.js';
