import type { CursorValues } from './page-cursor.js';
import type { OrderColumn } from './page-order.js';

/** A condition of a query. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The rows after a place in the order. Where PostgreSQL can compare rows as a whole (all in one direction, nothing null), it is
 * asked to: it then begins in the index, at the place. Otherwise column by column.
 *
 * Parameters have no type, so that PostgreSQL gives each that of its column.
 */
export function rowsAfter(columns: readonly OrderColumn[], values: CursorValues): Condition {
  const parameters: Record<string, string> = {};
  const places = columns.map((column, index) => {
    const value = values[index] ?? null;
    if (value === null) return { column, parameter: undefined };
    const name = `rowhouse_after_${index}`;
    parameters[name] = value;
    return { column, parameter: `:${name}` };
  });
  return { sql: areComparable(columns) ? asRow(places) : byColumn(places), parameters };
}

interface Place {
  readonly column: OrderColumn;
  /** Undefined for null. */
  readonly parameter: string | undefined;
}

function areComparable(columns: readonly OrderColumn[]): boolean {
  return columns.every(
    ({ direction, isNullable }) => direction === columns[0]?.direction && isNullable === false,
  );
}

function asRow(places: readonly Place[]): string {
  const columns = places.map(({ column }) => column.sql).join(', ');
  const parameters = places.map(({ parameter }) => parameter).join(', ');
  return `(${columns}) ${operatorOf(places[0]?.column as OrderColumn)} (${parameters})`;
}

/** After in the first column; or equal in the first and after in the second; and so on. */
function byColumn(places: readonly Place[]): string {
  const cases = places.flatMap((place, index) => {
    const after = afterIn(place);
    return after === undefined ? [] : [[...places.slice(0, index).map(equalIn), after].join(' and ')];
  });
  const any = `(${cases.map((each) => `(${each})`).join(' or ')})`;
  const [first] = places;
  // Follows from the rest, and lets PostgreSQL begin in an index of the first column.
  return first && !first.column.isNullable
    ? `${first.column.sql} ${operatorOf(first.column)}= ${first.parameter} and ${any}`
    : any;
}

/** @returns `undefined` where nothing is after. */
function afterIn({ column, parameter }: Place): string | undefined {
  const { sql, isNullable, nulls } = column;
  const nullsAreLast = nulls === 'NULLS LAST';
  if (parameter === undefined) return nullsAreLast ? undefined : `${sql} is not null`;
  const after = `${sql} ${operatorOf(column)} ${parameter}`;
  return isNullable && nullsAreLast ? `(${after} or ${sql} is null)` : after;
}

function equalIn({ column, parameter }: Place): string {
  return parameter === undefined ? `${column.sql} is null` : `${column.sql} = ${parameter}`;
}

function operatorOf({ direction }: OrderColumn): '>' | '<' {
  return direction === 'ASC' ? '>' : '<';
}
