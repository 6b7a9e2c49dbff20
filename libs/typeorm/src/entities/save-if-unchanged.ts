import { OptionsInvalidError } from '@rowhouse/core';
import type { EntityMetadata, ObjectLiteral, Repository, UpdateQueryBuilder } from 'typeorm';
import { RowNotFoundError, VersionConflictError } from './entity-errors.js';

type Values<T extends ObjectLiteral> = Parameters<UpdateQueryBuilder<T>['set']>[0];

/** PostgreSQL's largest `integer`, which is what `@VersionColumn()` is. */
const LARGEST_VERSION = 2 ** 31 - 1;

/**
 * Writes the columns of an object, if its row still has the version that was read: one statement, so that of several at once one
 * succeeds. `save()` of TypeORM raises the version and overwrites whatever is there.
 *
 *     const product = await findOwnedOr404(products, id);
 *     await saveIfUnchanged(products, Object.assign(product, changes), Number(ifMatch));
 *
 * It writes the object's own columns and the keys of its relations to one, as far as they are not `undefined`; nothing cascades.
 * Its version and its date of update are then those of the row.
 *
 * @param entity - of a class with `@VersionColumn()`; its primary key says which row is meant.
 * @param expectedVersion - as the client has read it. Default: that of the object.
 * @throws {VersionConflictError} 409. Nothing was written.
 * @throws {RowNotFoundError} 404, where the tenant in force has no such row (any more).
 * @throws {OptionsInvalidError} for a class without `@VersionColumn()`.
 */
export async function saveIfUnchanged<T extends ObjectLiteral>(
  repository: Repository<T>,
  entity: T,
  expectedVersion?: number,
): Promise<T> {
  const { metadata } = repository;
  const { versionColumn, deleteDateColumn } = metadata;
  if (!versionColumn)
    throw new OptionsInvalidError('saveIfUnchanged', [
      { field: metadata.name, expected: 'expected a property with @VersionColumn()' },
    ]);
  if (!metadata.hasId(entity)) throw new RowNotFoundError(metadata.name);
  const expected: unknown = expectedVersion ?? versionColumn.getEntityValue(entity);
  if (await isWritten(repository, entity, { expected, versionColumn, deleteDateColumn })) return entity;
  const found = await repository.findOneBy(metadata.getEntityIdMap(entity) as T);
  if (!found) throw new RowNotFoundError(metadata.name);
  throw new VersionConflictError(metadata.name, expected);
}

interface Expectation extends Pick<EntityMetadata, 'deleteDateColumn'> {
  readonly expected: unknown;
  readonly versionColumn: NonNullable<EntityMetadata['versionColumn']>;
}

async function isWritten<T extends ObjectLiteral>(
  repository: Repository<T>,
  entity: T,
  { expected, versionColumn, deleteDateColumn }: Expectation,
): Promise<boolean> {
  if (!Number.isInteger(expected) || Math.abs(Number(expected)) > LARGEST_VERSION) return false;
  const update = repository
    .createQueryBuilder()
    .update()
    .set((await valuesOf(repository.metadata, entity)) as Values<T>)
    .whereEntity(entity)
    .andWhere(`${versionColumn.databaseName} = :expected`, { expected });
  if (deleteDateColumn) update.andWhere(`${deleteDateColumn.databaseName} is null`);
  return (await update.execute()).affected === 1;
}

async function valuesOf(metadata: EntityMetadata, entity: ObjectLiteral): Promise<ObjectLiteral> {
  const values: ObjectLiteral = {};
  const own = metadata.columns.filter(
    (column) =>
      !column.isPrimary &&
      !column.isVersion &&
      !column.isCreateDate &&
      !column.isUpdateDate &&
      !column.isDeleteDate &&
      !column.relationMetadata &&
      column.isUpdate &&
      !column.generatedType,
  );
  const toOne = metadata.relations.filter(({ isOwning, isManyToMany }) => isOwning && !isManyToMany);
  for (const part of [...own, ...toOne]) {
    const value: unknown = await part.getEntityValue(entity);
    if (value !== undefined) part.setEntityValue(values, value);
  }
  return values;
}
