import { TenantContextMissingError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import type { ObjectLiteral, QueryRunner, SelectQueryBuilder } from 'typeorm';
import { z } from 'zod';
import { dataSourceOf } from '../../driver-parts.js';
import { keyOfScope, scopeInForce, scopeOfDataSource } from '../../query-runners.js';
import { CursorInvalidError, PageLimitInvalidError } from '../entity-errors.js';
import { type CursorPurpose, type CursorValues, readCursor, writeCursor } from './page-cursor.js';
import {
  isToOne,
  type OrderColumn,
  orderColumnsOf,
  type PageOrder,
  refused,
  reversed,
} from './page-order.js';
import { rowsAfter } from './rows-after.js';

export interface PaginatorOptions {
  /**
   * Signs the cursors; at least 32 characters, the same in all instances. Several while they are rotated: the first signs, and
   * cursors of all are taken.
   */
  readonly secret: string | readonly string[];
  /** Items of a page that asks for no limit. Default: 20. */
  readonly defaultLimit?: number;
  /** The largest limit that may be asked for. Default: 100. */
  readonly maxLimit?: number;
}

export interface PageRequest {
  /** Ties are broken by the primary key, which need not be named. */
  readonly order: PageOrder;
  /** `nextCursor` of a page: asks for the one after it. Without `after` and `before`, the first page is meant. */
  readonly after?: string | null | undefined;
  /** `previousCursor` of a page: asks for the one before it, in the same order. */
  readonly before?: string | null | undefined;
  readonly limit?: number | undefined;
}

export interface EntityPage<T> {
  readonly items: T[];
  /** Sent back as `after`, it asks for the next page; `null` where there is none. */
  readonly nextCursor: string | null;
  /** Sent back as `before`, it asks for the page before; `null` where there is none. */
  readonly previousCursor: string | null;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

const secret = z.string().min(32, 'expected at least 32 characters, such as `openssl rand -hex 32` prints');
const optionsSchema = z.strictObject({
  secret: z.union([secret, z.array(secret).min(1)]).transform((one) => (Array.isArray(one) ? one : [one])),
  defaultLimit: z.int().min(1).default(20),
  maxLimit: z.int().min(1).default(100),
});

/** Where the values of a row stand that its cursor is made of. */
const TEXT = 'rowhouse_text_';
const VALUE = 'rowhouse_value_';

type Row = Readonly<Record<string, unknown>>;

/**
 * Pages of a listing in any order, by cursors instead of offsets: rows that come and go between two pages neither repeat nor hide
 * others, and the thousandth page costs what the first does.
 *
 *     const paginator = new Paginator({ secret: process.env.CURSOR_SECRET });
 *     const { items, nextCursor } = await paginator.paginate(orders.createQueryBuilder('o').where('o.isPaid'), {
 *       order: { placedAt: 'desc' }, after: query.after, limit: query.limit,
 *     });
 *
 * Cursors are signed for one tenant, entity and order. Their values are not encrypted: do not sort by what clients must not see.
 */
export class Paginator {
  readonly #secrets: readonly string[];
  readonly #defaultLimit: number;
  readonly #maxLimit: number;

  /** @throws {OptionsInvalidError} */
  constructor(options: PaginatorOptions) {
    const { secret, defaultLimit, maxLimit } = parseOptions('Paginator', optionsSchema, options);
    this.#secrets = secret;
    this.#maxLimit = maxLimit;
    this.#defaultLimit = Math.min(defaultLimit, maxLimit);
  }

  /**
   * A page of what a query finds. The query has conditions, joins and selects, and nothing of `orderBy`, `limit`, `offset`, `take`,
   * `skip`, `groupBy` or `setFindOptions`. With a join to many it becomes two: one for the rows of the page, and one for all
   * that belongs to them. Behind a cursor, one more asks whether there are rows on its other side.
   *
   * @throws {CursorInvalidError} 400, for a cursor of another tenant, entity or order, one that was altered, or two.
   * @throws {PageLimitInvalidError} 400.
   * @throws {OptionsInvalidError} for a query or an order that cannot be paged.
   */
  async paginate<T extends ObjectLiteral>(
    query: SelectQueryBuilder<T>,
    { order, after, before, limit = this.#defaultLimit }: PageRequest,
  ): Promise<EntityPage<T>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > this.#maxLimit)
      throw new PageLimitInvalidError(this.#maxLimit);
    requirePageable(query);
    const inOrder = orderColumnsOf(query, order);
    const purpose = purposeOf(query, inOrder);
    if (isGiven(after) && isGiven(before)) throw new CursorInvalidError();
    const isBackward = isGiven(before);
    const cursor = after ?? before ?? undefined;
    const columns = isBackward ? reversed(inOrder) : inOrder;

    const page = rowsBeyond(
      query,
      columns,
      cursor === undefined ? undefined : readCursor(cursor, purpose, this.#secrets),
    );
    for (const { sql, direction, nulls } of columns) page.addOrderBy(sql, direction, nulls);
    page.limit(limit + 1);
    const isOneRowEach = query.expressionMap.joinAttributes.every(isToOne);
    const { items, rows } = isOneRowEach
      ? await inOne(page, columns, limit)
      : await inTwo(query, page, columns, limit);

    const cursorOf = (row: Row) => writeCursor(valuesOf(row, columns), purpose, this.#secrets[0] as string);
    const [first, last] = [rows[0], rows[Math.min(rows.length, limit) - 1]];
    const ahead = last && rows.length > limit ? cursorOf(last) : null;
    const isBehind =
      first && cursor !== undefined && (await isAny(query, reversed(columns), valuesOf(first, columns)));
    const behind = first && isBehind ? cursorOf(first) : null;
    const [previousCursor, nextCursor] = isBackward ? [ahead, behind] : [behind, ahead];
    return {
      items: isBackward ? items.reverse() : items,
      nextCursor,
      previousCursor,
      hasNext: nextCursor !== null,
      hasPrevious: previousCursor !== null,
    };
  }
}

function isGiven(cursor: string | null | undefined): cursor is string {
  return cursor !== undefined && cursor !== null;
}

/** What a query finds behind a place in an order; without a place, everything. */
function rowsBeyond<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  columns: readonly OrderColumn[],
  place: CursorValues | undefined,
): SelectQueryBuilder<T> {
  const beyond = query.clone();
  bracketConditions(beyond);
  if (place) {
    const { sql, parameters } = rowsAfter(columns, place);
    beyond.andWhere(sql, parameters);
  }
  return beyond;
}

async function isAny<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  columns: readonly OrderColumn[],
  place: CursorValues,
): Promise<boolean> {
  const found = await rowsBeyond(query, columns, place).select('1', 'found').limit(1).getRawOne();
  return found !== undefined;
}

interface Found<T> {
  readonly items: T[];
  /** One more than the page has, where the listing goes on. */
  readonly rows: readonly Row[];
}

async function inOne<T extends ObjectLiteral>(
  page: SelectQueryBuilder<T>,
  columns: readonly OrderColumn[],
  limit: number,
): Promise<Found<T>> {
  for (const [index, { textSql }] of columns.entries()) page.addSelect(textSql, `${TEXT}${index}`);
  const { entities, raw } = await page.getRawAndEntities<Row>();
  return { items: entities.slice(0, limit), rows: raw };
}

/** A join to many repeats rows, so the rows of the page are found without it, and then all that belongs to them. */
async function inTwo<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  page: SelectQueryBuilder<T>,
  columns: readonly OrderColumn[],
  limit: number,
): Promise<Found<T>> {
  page.select([]).distinct(true);
  for (const [index, { sql, textSql }] of columns.entries())
    page.addSelect(sql, `${VALUE}${index}`).addSelect(textSql, `${TEXT}${index}`);
  const rows = await page.getRawMany<Row>();
  if (rows.length === 0) return { items: [], rows };

  const wanted = rows.slice(0, limit);
  const keys = columns.map((column, index) => ({ ...column, index })).filter(({ isPrimary }) => isPrimary);
  const parameters: Record<string, unknown> = {};
  const tuples = wanted.map((row, number) => {
    const names = keys.map(({ index }) => {
      const name = `rowhouse_key_${number}_${index}`;
      parameters[name] = row[`${TEXT}${index}`];
      return `:${name}`;
    });
    return `(${names.join(', ')})`;
  });
  const whole = query.clone();
  bracketConditions(whole);
  whole.andWhere(`(${keys.map(({ sql }) => sql).join(', ')}) in (${tuples.join(', ')})`, parameters);
  const found = await whole.getMany();

  const { driver } = dataSourceOf(query);
  const byKey = new Map(
    found.map((item) => [JSON.stringify(keys.map(({ column }) => column.getEntityValue(item))), item]),
  );
  const items = wanted.flatMap((row) => {
    const key = keys.map(({ column, index }) => driver.prepareHydratedValue(row[`${VALUE}${index}`], column));
    const item = byKey.get(JSON.stringify(key));
    // It may have been deleted between the two.
    return item ? [item] : [];
  });
  return { items, rows };
}

function valuesOf(row: Row, columns: readonly OrderColumn[]): CursorValues {
  return columns.map((_, index) => row[`${TEXT}${index}`] as string | null);
}

/** Makes `a or b` one condition, so that another can be added to both. */
function bracketConditions(query: SelectQueryBuilder<ObjectLiteral>): void {
  const { expressionMap } = query;
  const condition = { operator: 'brackets', condition: expressionMap.wheres } as const;
  if (expressionMap.wheres.length > 0) expressionMap.wheres = [{ type: 'simple', condition }];
}

function purposeOf(query: SelectQueryBuilder<ObjectLiteral>, columns: readonly OrderColumn[]): CursorPurpose {
  const { queryRunner } = query as unknown as { queryRunner?: QueryRunner };
  const scope = scopeOfDataSource(dataSourceOf(query)) ?? scopeInForce(queryRunner);
  if (!scope) throw new TenantContextMissingError('A listing');
  const { mainAlias } = query.expressionMap;
  return [keyOfScope(scope), mainAlias?.metadata.tableName ?? '', ...columns.map((each) => each.fingerprint)];
}

function requirePageable(query: SelectQueryBuilder<ObjectLiteral>): void {
  const { orderBys, limit, offset, take, skip, groupBys, havings, selects, mainAlias, ...rest } =
    query.expressionMap;
  const { findOptions = {} } = query as unknown as { findOptions?: object };
  const set: Readonly<Record<string, boolean>> = {
    orderBy: Object.keys(orderBys).length > 0,
    limit: limit !== undefined,
    offset: offset !== undefined,
    take: take !== undefined,
    skip: skip !== undefined,
    groupBy: groupBys.length > 0 || havings.length > 0,
    distinct: rest.selectDistinct || rest.selectDistinctOn.length > 0,
    setFindOptions: Object.keys(findOptions).length > 0,
  };
  for (const [name, isSet] of Object.entries(set))
    if (isSet) throw refused(name, 'leave it out of the query: the page has an order and a limit of its own');
  const isWhole = (path: string) =>
    selects.some(({ selection }) => selection === mainAlias?.name || selection === path);
  const keys = mainAlias?.hasMetadata ? mainAlias.metadata.primaryColumns : [];
  if (!keys.every(({ propertyPath }) => isWhole(`${mainAlias?.name}.${propertyPath}`)))
    throw refused('select', 'select the primary key too: items are known by it');
}
