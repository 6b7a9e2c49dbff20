import { OptionsInvalidError } from '@rowhouse/core';
import type { ColumnType, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

type Query = SelectQueryBuilder<ObjectLiteral>;
type Alias = Query['expressionMap']['aliases'][number];
type Column = Alias['metadata']['columns'][number];

export type OrderDirection = 'asc' | 'desc';

/** What a listing is sorted by, the first column first: properties of the entity, or `alias.property` of a joined one. */
export type PageOrder = Readonly<
  Record<string, OrderDirection | { readonly direction: OrderDirection; readonly nulls?: 'first' | 'last' }>
>;

/** A column that a listing is sorted by. */
export interface OrderColumn {
  /** As TypeORM knows it. */
  readonly column: Column;
  /** The column in SQL. */
  readonly sql: string;
  /** Its value as text that PostgreSQL reads again as the very same value. */
  readonly textSql: string;
  readonly direction: 'ASC' | 'DESC';
  readonly nulls: 'NULLS FIRST' | 'NULLS LAST';
  readonly isNullable: boolean;
  /** True for the primary key of the entity that is listed. */
  readonly isPrimary: boolean;
  /** What a cursor is tied to. */
  readonly fingerprint: string;
}

/**
 * The columns of an order, and then those of the primary key that are not among them, so that no two rows are equal.
 *
 * @throws {OptionsInvalidError} for columns that there are not, and those of which a row of the listing has several.
 */
export function orderColumnsOf(query: Query, order: PageOrder): readonly OrderColumn[] {
  const { mainAlias } = query.expressionMap;
  if (!mainAlias?.hasMetadata) throw refused('order', 'expected a query of an entity');
  const named = Object.entries(order).map(([name, how]) => {
    const { direction, nulls = undefined } = typeof how === 'string' ? { direction: how } : how;
    return orderColumnOf(query, { ...columnNamed(query, mainAlias, name), direction, nulls });
  });
  const direction = named.at(-1)?.direction === 'DESC' ? 'desc' : 'asc';
  const missing = mainAlias.metadata.primaryColumns.filter(
    (column) => !named.some((each) => each.isPrimary && each.column === column),
  );
  return [
    ...named,
    ...missing.map((column) =>
      orderColumnOf(query, { alias: mainAlias, column, direction, isOptional: false }),
    ),
  ];
}

/** The same order from its end. */
export function reversed(columns: readonly OrderColumn[]): readonly OrderColumn[] {
  return columns.map((column) => ({
    ...column,
    direction: column.direction === 'ASC' ? 'DESC' : 'ASC',
    nulls: column.nulls === 'NULLS FIRST' ? 'NULLS LAST' : 'NULLS FIRST',
  }));
}

interface Placed {
  readonly alias: Alias;
  readonly column: Column;
  /** True where the row that has the column may be missing. */
  readonly isOptional: boolean;
}

interface Sorted extends Placed {
  readonly direction: OrderDirection;
  readonly nulls?: 'first' | 'last' | undefined;
}

function orderColumnOf(query: Query, { alias, column, isOptional, direction, nulls }: Sorted): OrderColumn {
  const sql = `${query.escape(alias.name)}.${query.escape(column.databaseName)}`;
  const isDescending = direction === 'desc';
  // PostgreSQL's own: null is larger than any value.
  const nullsPlace = (nulls ?? (isDescending ? 'first' : 'last')) === 'first' ? 'NULLS FIRST' : 'NULLS LAST';
  return {
    column,
    sql,
    textSql: textOf(sql, column.type),
    direction: isDescending ? 'DESC' : 'ASC',
    nulls: nullsPlace,
    isNullable: isOptional || column.isNullable,
    isPrimary: alias === query.expressionMap.mainAlias && column.isPrimary,
    fingerprint: [
      alias.metadata.tableName,
      column.databaseName,
      String(column.type),
      direction,
      nullsPlace,
    ].join(' '),
  };
}

/** How dates and times are written as text depends on a setting (DateStyle), except in JSON. */
function textOf(sql: string, type: ColumnType): string {
  const isTime = type === Date || /^(date|time)/.test(String(type));
  return isTime ? `(pg_catalog.to_json(${sql}) #>> '{}')` : `(${sql})::pg_catalog.text`;
}

function columnNamed(query: Query, mainAlias: Alias, name: string): Placed {
  const own = mainAlias.metadata.findColumnWithPropertyPath(name);
  const [aliasName, ...path] = name.split('.');
  const alias = query.expressionMap.aliases.find((each) => each.name === aliasName && each.hasMetadata);
  const column = own ?? alias?.metadata.findColumnWithPropertyPath(path.join('.'));
  if (!column || column.isVirtualProperty)
    throw refused(`order.${name}`, `expected a column of ${mainAlias.metadata.name}, or of a joined alias`);
  if (own) return { alias: mainAlias, column, isOptional: false };
  return { alias: alias as Alias, column, isOptional: isOptionalIn(query, alias as Alias, name) };
}

/** Whether the row of a joined alias may be missing; it must not be several. */
function isOptionalIn(query: Query, alias: Alias, name: string): boolean {
  const { joinAttributes, mainAlias } = query.expressionMap;
  if (alias === mainAlias) return false;
  const join = joinAttributes.find((each) => each.alias === alias);
  const parent = query.expressionMap.aliases.find((each) => each.name === join?.parentAlias);
  if (!join || !parent || !isToOne(join))
    throw refused(
      `order.${name}`,
      'expected a column that each row of the listing has once: its own, or of a relation to one',
    );
  return join.direction === 'LEFT' || isOptionalIn(query, parent, name);
}

/** Whether a join leaves each row of the listing one row. */
export function isToOne({ relation }: Query['expressionMap']['joinAttributes'][number]): boolean {
  return relation !== undefined && (relation.isManyToOne || relation.isOneToOne);
}

export function refused(field: string, expected: string): OptionsInvalidError {
  return new OptionsInvalidError('Paginator.paginate', [{ field, expected }]);
}
