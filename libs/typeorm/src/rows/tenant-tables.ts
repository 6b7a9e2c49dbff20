import type { DataSource, EntityMetadata } from 'typeorm';
import { TENANT_COLUMN } from './tenant-column.js';
import { isTenantEntity } from './tenant-entity.decorator.js';

/** A table whose rows belong to tenants. */
export interface TenantTable {
  readonly name: string;
  /** `undefined` unless the entity names one; then the path of the connection decides. */
  readonly schema: string | undefined;
  /** The index on `tenant_id`, under the name TypeORM looks for. */
  readonly indexName: string;
  /** True for the tables TypeORM makes for many-to-many relations and closure trees. */
  readonly isJoinTable: boolean;
}

/** The tables of `@TenantEntity()` classes, and the join tables that refer to one. */
export function tenantTables(dataSource: DataSource): readonly TenantTable[] {
  const tables = dataSource.entityMetadatas
    .filter((metadata) => metadata.tableType !== 'entity-child')
    .filter((metadata) => isTenantEntity(metadata) || joinsTenantEntity(metadata))
    .map((metadata) => describe(dataSource, metadata));
  return [...new Map(tables.map((table) => [`${table.schema}.${table.name}`, table])).values()];
}

/** A join table holds rows of tenants when at least one of the two tables that it joins does. */
function joinsTenantEntity(metadata: EntityMetadata): boolean {
  if (!isJoinTable(metadata)) return false;
  const sides = metadata.ownColumns.map(({ referencedColumn }) => referencedColumn?.entityMetadata);
  return sides.some((side) => side && isTenantEntity(side));
}

function isJoinTable({ tableType }: EntityMetadata): boolean {
  return tableType === 'junction' || tableType === 'closure-junction';
}

/** An entity whose rows name no tenant. */
export interface PlainEntity {
  readonly name: string;
  readonly table: string;
}

/** The entities of the tenants' own tables that have no `tenant_id`. An entity whose decorator names a schema is shared by all. */
export function plainEntities(dataSource: DataSource): readonly PlainEntity[] {
  return dataSource.entityMetadatas
    .filter(({ tableType }) => tableType === 'regular')
    .filter(({ schema }) => schema === undefined || schema === schemaOf(dataSource))
    .filter((metadata) => !metadata.findColumnWithDatabaseName(TENANT_COLUMN))
    .map(({ name, tableName }) => ({ name, table: tableName }));
}

function schemaOf({ options }: DataSource): string | undefined {
  return (options as { schema?: string }).schema;
}

function describe(dataSource: DataSource, metadata: EntityMetadata): TenantTable {
  const { tableName: name, schema } = metadata;
  const index = metadata.indices.find(
    ({ columns }) => columns.length === 1 && columns[0]?.databaseName === TENANT_COLUMN,
  );
  return {
    name,
    schema: schema === schemaOf(dataSource) ? undefined : schema,
    indexName: index?.name ?? dataSource.namingStrategy.indexName(name, [TENANT_COLUMN]),
    isJoinTable: isJoinTable(metadata),
  };
}
