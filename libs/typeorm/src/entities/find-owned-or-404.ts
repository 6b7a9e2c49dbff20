import {
  type DataSource,
  type EntityMetadata,
  type FindOneOptions,
  FindOperator,
  type FindOptionsWhere,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { dataSourceOf } from '../driver-parts.js';
import { RowNotFoundError } from './entity-errors.js';

type Column = EntityMetadata['columns'][number];

/**
 * The row of the tenant in force that has this primary key, or fits these conditions.
 *
 * What can be the value of no row (a uuid that is none, a number too large, `undefined`) is a row that there is not: TypeORM would
 * answer the first with an error of PostgreSQL, and `undefined`, before version 1, with any row.
 *
 *     const order = await findOwnedOr404(this.orders, id, { relations: { items: true } });
 *
 * @param key - the primary key, where it is one column; otherwise conditions, as in `findOne`.
 * @throws {RowNotFoundError} 404. It is the same whether another tenant has such a row or nobody.
 */
export async function findOwnedOr404<T extends ObjectLiteral>(
  repository: Repository<T>,
  key: string | number | FindOptionsWhere<T>,
  options: Omit<FindOneOptions<T>, 'where'> = {},
): Promise<T> {
  const { metadata } = repository;
  const where = typeof key === 'object' ? key : whereOf(metadata, key);
  const found = canFit(dataSourceOf(repository.manager), metadata, where)
    ? await repository.findOne({ ...options, where: where as FindOptionsWhere<T> })
    : null;
  if (!found) throw new RowNotFoundError(metadata.name);
  return found;
}

function whereOf({ primaryColumns: [column] }: EntityMetadata, key: unknown): ObjectLiteral {
  return (column?.createValueMap(key) as ObjectLiteral | undefined) ?? {};
}

/** Whether there can be a row with these values. Conditions that name none would fit any. */
function canFit(dataSource: DataSource, metadata: EntityMetadata, where: ObjectLiteral): boolean {
  const conditions = Object.entries(where ?? {});
  return (
    conditions.length > 0 &&
    conditions.every(([property, value]) => {
      if (value === undefined || value === null) return false;
      if (value instanceof FindOperator) return true;
      const relation = metadata.findRelationWithPropertyPath(property);
      if (relation && typeof value === 'object')
        return canFit(dataSource, relation.inverseEntityMetadata, value);
      const column = metadata.findColumnWithPropertyPath(property);
      return !column || canHold(dataSource, column, value);
    })
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The bits of PostgreSQL's whole numbers (manual, 8.1.1). */
const BITS: Readonly<Record<string, bigint>> = { smallint: 16n, integer: 32n, bigint: 64n };

function canHold({ driver }: DataSource, column: Column, value: unknown): boolean {
  // What a transformer makes of the value, only it knows.
  if (column.transformer || column.isArray) return true;
  const type = driver.normalizeType(column);
  const text = String(value);
  if (type === 'uuid') return UUID.test(text);
  const bits = BITS[type];
  if (bits !== undefined)
    return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(Number(bits), BigInt(text)) === BigInt(text);
  return typeof value !== 'string' || !value.includes('\0');
}
