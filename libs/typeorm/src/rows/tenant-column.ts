import { Column, type ColumnOptions, getMetadataArgsStorage } from 'typeorm';

/** The column with the id of the tenant that a row belongs to. */
export const TENANT_COLUMN = 'tenant_id';

/** The property of entities that do not declare one with {@link TenantColumn}. */
const DEFAULT_PROPERTY = 'tenantId';

/**
 * The tenant of the pin, or null outside any; the column is not null, so that inserting fails there.
 *
 * It is written so that TypeORM finds no difference between entity and table: TypeORM takes `::type` off the expression
 * PostgreSQL renders and writes its own in lower case, which leaves no way to write a cast or `NULLIF`. Hence the
 * type's own input function, and a match that is null for the empty string (PostgreSQL 15 and later).
 */
export const TENANT_DEFAULT =
  "uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))";

const options: ColumnOptions = { name: TENANT_COLUMN, type: 'uuid', default: () => TENANT_DEFAULT };

type EntityClass = Parameters<ClassDecorator>[0];

const declared = new WeakMap<object, string>();

/** A class and those it extends, nearest first. */
export function lineage(target: object): object[] {
  const parent: unknown = Object.getPrototypeOf(target);
  return typeof parent === 'function' ? [target, ...lineage(parent)] : [target];
}

/**
 * Exposes the tenant of a row as a property, on a class with `@TenantEntity()` or a parent of one. Leave the property
 * unset when you insert: PostgreSQL fills it in. Naming another tenant, on insert or update, fails with 42501.
 *
 * ```ts
 * @TenantColumn() readonly tenantId!: string; // uuid
 * ```
 */
export function TenantColumn(): PropertyDecorator {
  return (prototype, property) => {
    declared.set(prototype.constructor, String(property));
    Column(options)(prototype, property);
  };
}

/** The property that holds the tenant, declared or not. */
export function tenantPropertyOf(target: object): string {
  for (const ancestor of lineage(target)) {
    const property = declared.get(ancestor);
    if (property !== undefined) return property;
  }
  return DEFAULT_PROPERTY;
}

/**
 * Adds the column to a class that has none. TypeORM writes a virtual column to the table and never puts it on an
 * entity, so that no response shows it; `select: false` keeps it out of queries.
 *
 * @throws {TypeError} when the class declares a property `tenantId` itself, which would be a second such column.
 */
export function addHiddenTenantColumn(target: EntityClass): void {
  const ancestors = lineage(target);
  if (ancestors.some((ancestor) => declared.has(ancestor))) return;
  const { columns } = getMetadataArgsStorage();
  const own = columns.find(
    (column) => ancestors.includes(column.target as object) && column.propertyName === DEFAULT_PROPERTY,
  );
  if (own) {
    throw new TypeError(
      `${target.name}.${DEFAULT_PROPERTY}: declare it with @TenantColumn(), not @Column().`,
    );
  }
  columns.push({
    target,
    propertyName: DEFAULT_PROPERTY,
    mode: 'virtual',
    options: { ...options, select: false },
  });
}
