import { Entity, type EntityMetadata, type EntityOptions, Index, Unique } from 'typeorm';
import { completeConflictTargets } from './conflict-target.js';
import { addHiddenTenantColumn, lineage, tenantPropertyOf } from './tenant-column.js';

const tenantEntities = new WeakSet<object>();

/**
 * TypeORM's `@Entity()` for rows that belong to a tenant: adds the column `tenant_id` (uuid, not null, by default the
 * tenant of the context) and an index on it. Which rows a statement sees is decided by PostgreSQL; see
 * {@link rowSecurityMigration}.
 *
 * The same class serves tenants of every isolation. The id is no property of the entity, unless the class or a parent
 * declares it with `@TenantColumn()`: it appears in no response, and `save()` ignores it like any unknown property.
 */
export function TenantEntity(options?: EntityOptions): ClassDecorator;
export function TenantEntity(name: string, options?: EntityOptions): ClassDecorator;
export function TenantEntity(
  nameOrOptions?: string | EntityOptions,
  options?: EntityOptions,
): ClassDecorator {
  return (target) => {
    const entity = typeof nameOrOptions === 'string' ? Entity(nameOrOptions, options) : Entity(nameOrOptions);
    entity(target);
    // A child has its parent's column and index already.
    if (!lineage(target).some((ancestor) => tenantEntities.has(ancestor))) {
      addHiddenTenantColumn(target);
      Index([tenantPropertyOf(target)])(target);
    }
    tenantEntities.add(target);
    completeConflictTargets(isTenantEntity);
  };
}

/** An index on the tenant and then these properties, in this order: what queries of one tenant use. */
export function TenantIndex(...properties: [string, ...string[]]): ClassDecorator {
  return (target) => Index([tenantPropertyOf(target), ...properties])(target);
}

/**
 * Unique within a tenant: a constraint on the tenant and these properties. Upserts name these alone: `upsert(rows, ['sku'])` for
 * `@TenantUnique('sku')`.
 */
export function TenantUnique(...properties: [string, ...string[]]): ClassDecorator {
  return (target) => Unique([tenantPropertyOf(target), ...properties])(target);
}

/** Whether rows of this entity belong to tenants, by its own decorator or a parent's. */
export function isTenantEntity(metadata: EntityMetadata): boolean {
  return metadata.inheritanceTree.some((target) => tenantEntities.has(target));
}
