import { type EntityMetadata, InsertQueryBuilder, type ObjectLiteral, UpdateQueryBuilder } from 'typeorm';
import { define } from '../driver-parts.js';

type Column = EntityMetadata['columns'][number];

/** Where the value of a column comes from, if a statement names none. */
export interface Filling {
  /** For a new row; `undefined` leaves it to the column's default. */
  readonly onInsert: () => unknown;
  /** For a row that changes; left out, the column stays as it is. */
  readonly onUpdate?: () => unknown;
}

interface FilledColumn extends Filling {
  readonly column: Column;
}

/** By the class that declares them, since entities inherit and embed classes. */
const declared = new WeakMap<object, Map<string, Filling>>();
const known = new WeakMap<EntityMetadata, readonly FilledColumn[]>();

/** Has a property filled in. To be called by the decorator that makes it a column. */
export function declareFilling(prototype: object, property: string | symbol, filling: Filling): void {
  const fillings = declared.get(prototype.constructor) ?? new Map<string, Filling>();
  declared.set(prototype.constructor, fillings.set(String(property), filling));
  fillInBuilders();
}

function filledColumnsOf(metadata: EntityMetadata): readonly FilledColumn[] {
  let columns = known.get(metadata);
  if (!columns) {
    columns = metadata.columns.flatMap((column) => {
      const filling = declared.get(Object(column.target))?.get(column.propertyName);
      return filling ? [{ ...filling, column }] : [];
    });
    known.set(metadata, columns);
  }
  return columns;
}

let isDone = false;

/**
 * All that TypeORM writes (`save`, `insert`, `upsert`, `update`, query builders) goes through these two builders, subscribers or not.
 *
 * Once for all data sources: for other entities nothing changes.
 */
function fillInBuilders(): void {
  if (isDone) return;
  isDone = true;
  const { getQuery: getInsert } = InsertQueryBuilder.prototype;
  define(InsertQueryBuilder.prototype, {
    getQuery(this: InsertQueryBuilder<ObjectLiteral>) {
      const columns = filledIn(this);
      if (columns.length === 0) return getInsert.call(this);
      updateOnConflict(this, columns);
      return whileFilled(this, columns, 'onInsert', () => getInsert.call(this));
    },
  });
  const { getQuery: getUpdate } = UpdateQueryBuilder.prototype;
  define(UpdateQueryBuilder.prototype, {
    getQuery(this: UpdateQueryBuilder<ObjectLiteral>) {
      const columns = filledIn(this).filter(({ onUpdate }) => onUpdate);
      if (columns.length === 0) return getUpdate.call(this);
      return whileFilled(this, columns, 'onUpdate', () => getUpdate.call(this));
    },
  });
}

type Builder = InsertQueryBuilder<ObjectLiteral> | UpdateQueryBuilder<ObjectLiteral>;

function filledIn({ expressionMap: { mainAlias } }: Builder): readonly FilledColumn[] {
  return mainAlias?.hasMetadata ? filledColumnsOf(mainAlias.metadata) : [];
}

/**
 * The values are in the sets only while their SQL is written. What the row has then comes back from PostgreSQL, since after a
 * conflict it may be another.
 */
function whileFilled(
  { expressionMap }: Builder,
  columns: readonly FilledColumn[],
  when: keyof Filling,
  write: () => string,
): string {
  const sets = [expressionMap.valuesSet ?? []].flat();
  const empty = sets.flatMap((set) =>
    columns
      .filter(({ column }) => column.getEntityValue(set) === undefined)
      .map(({ column, [when]: make }) => ({ set, column, value: make?.() }))
      .filter(({ value }) => value !== undefined),
  );
  for (const { set, column, value } of empty) column.setEntityValue(set, value);
  const isEntityKnown = when === 'onInsert' || expressionMap.whereEntities.length > 0;
  if (expressionMap.updateEntity && isEntityKnown) {
    const { extraReturningColumns: returned } = expressionMap;
    returned.push(...columns.map(({ column }) => column).filter((column) => !returned.includes(column)));
  }
  try {
    return write();
  } finally {
    for (const { set, column } of empty) column.setEntityValue(set, undefined);
  }
}

/** A row that an upsert finds is changed: it gets what changed rows get, unless nothing else differs. */
function updateOnConflict(
  builder: InsertQueryBuilder<ObjectLiteral>,
  columns: readonly FilledColumn[],
): void {
  const { onUpdate, mainAlias } = builder.expressionMap;
  const overwrite = onUpdate?.overwrite;
  if (!onUpdate || !Array.isArray(overwrite) || overwrite.length === 0) return;
  const added = columns
    .filter((each) => each.onUpdate && !overwrite.includes(each.column.databaseName))
    .map(({ column }) => column.databaseName);
  if (added.length === 0) return;
  const { skipUpdateIfNoValuesChanged: skips, overwriteCondition = [] } = onUpdate;
  const table = builder.escape(mainAlias?.name ?? '');
  const differs = overwrite.map((name) => {
    const column = builder.escape(name);
    return { type: 'or' as const, condition: `${table}.${column} is distinct from excluded.${column}` };
  });
  builder.expressionMap.onUpdate = {
    ...onUpdate,
    overwrite: [...overwrite, ...added],
    ...(skips && {
      skipUpdateIfNoValuesChanged: false,
      overwriteCondition: [...overwriteCondition, { type: 'and', condition: differs }],
    }),
  };
}
