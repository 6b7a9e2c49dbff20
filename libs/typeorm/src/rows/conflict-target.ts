import { type EntityMetadata, InsertQueryBuilder, type ObjectLiteral } from 'typeorm';
import { define } from '../driver-parts.js';
import { TENANT_COLUMN } from './tenant-column.js';

type Insert = InsertQueryBuilder<ObjectLiteral>;

let isDone = false;

/**
 * Makes upserts find what is unique within a tenant: `upsert(rows, ['sku'])` and `orUpdate(columns, ['sku'])` on an entity
 * with `@TenantUnique('sku')`. PostgreSQL takes a conflict target only if it has all columns of a constraint, and the
 * constraint has `tenant_id` too.
 *
 * Once for all data sources: for other entities nothing changes.
 */
export function completeConflictTargets(isTenantEntity: (metadata: EntityMetadata) => boolean): void {
  if (isDone) return;
  isDone = true;
  const { getQuery } = InsertQueryBuilder.prototype;
  define(InsertQueryBuilder.prototype, {
    getQuery(this: Insert) {
      const { onUpdate, mainAlias } = this.expressionMap;
      const conflict: unknown = onUpdate?.conflict;
      if (onUpdate && Array.isArray(conflict) && mainAlias?.hasMetadata && isTenantEntity(mainAlias.metadata))
        this.expressionMap.onUpdate = { ...onUpdate, conflict: completed(conflict, mainAlias.metadata) };
      return getQuery.call(this);
    },
  });
}

/** The columns, and the tenant before them if only so they are unique. */
function completed(columns: readonly string[], metadata: EntityMetadata): string[] {
  const withTenant = [TENANT_COLUMN, ...columns];
  const isCompleted = !isUnique(columns, metadata) && isUnique(withTenant, metadata);
  return isCompleted ? withTenant : [...columns];
}

function isUnique(columns: readonly string[], metadata: EntityMetadata): boolean {
  const { primaryColumns, uniques, indices } = metadata;
  const keys = [
    primaryColumns,
    ...uniques.map((unique) => unique.columns),
    ...indices.filter((index) => index.isUnique).map((index) => index.columns),
  ];
  return keys.some(
    (key) => key.length === columns.length && key.every(({ databaseName }) => columns.includes(databaseName)),
  );
}
