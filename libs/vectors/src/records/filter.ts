import { z } from 'zod';
import { fieldNameSchema, type MetadataValue, numberSchema, valueSchema } from './vector-record.js';

/** What a field of the metadata must be. Several hold together. */
export interface FieldFilter {
  readonly eq?: MetadataValue;
  /** Also fits a record without the field. */
  readonly ne?: MetadataValue;
  /** These four fit numbers only. */
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  readonly in?: readonly MetadataValue[];
  /** Also fits a record without the field. */
  readonly notIn?: readonly MetadataValue[];
}

/**
 * Which records are meant, by their metadata: `{ kind: 'note', year: { gte: 2024 } }`. All fields must fit. `and` and `or` hold
 * further filters. There is nothing else: what a store would read as an operator of its own is refused.
 */
export type VectorFilter =
  | { readonly and: readonly VectorFilter[] }
  | { readonly or: readonly VectorFilter[] }
  | { readonly [field: string]: MetadataValue | FieldFilter };

/** One comparison. */
export interface Comparison {
  readonly field: string;
  readonly operator: 'eq' | 'ne' | 'in' | 'notIn';
  readonly values: readonly MetadataValue[];
}

export interface Range {
  readonly field: string;
  readonly operator: 'gt' | 'gte' | 'lt' | 'lte';
  readonly bound: number;
}

/** A filter that was checked, as a tree. `all` of nothing fits every record, and `any` of nothing none. */
export type Condition =
  | Comparison
  | Range
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] };

const MAX_DEPTH = 5;
const MAX_CONDITIONS = 100;

const fieldFilterSchema = z
  .strictObject({
    eq: valueSchema,
    ne: valueSchema,
    gt: numberSchema,
    gte: numberSchema,
    lt: numberSchema,
    lte: numberSchema,
    in: z.array(valueSchema).min(1).max(MAX_CONDITIONS),
    notIn: z.array(valueSchema).min(1).max(MAX_CONDITIONS),
  })
  .partial()
  .refine((filter) => Object.keys(filter).length > 0, 'expected a comparison');

const fieldsSchema = z
  .record(fieldNameSchema, z.union([valueSchema, fieldFilterSchema]))
  .refine((fields) => Object.keys(fields).length > 0, 'expected a field');

const list = (depth: number) =>
  z
    .array(z.lazy(() => filterAt(depth + 1)))
    .min(1)
    .max(MAX_CONDITIONS);

function filterAt(depth: number): z.ZodType<Condition> {
  if (depth > MAX_DEPTH) return z.never({ error: `expected at most ${MAX_DEPTH} levels of and, or` });
  return z.unknown().transform((value, context): Condition => {
    const schema = schemaOf(value, depth);
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues)
      context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });
}

function schemaOf(value: unknown, depth: number): z.ZodType<Condition> {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (keys.includes('and'))
    return z.strictObject({ and: list(depth) }).transform(({ and }) => ({ all: and }));
  if (keys.includes('or')) return z.strictObject({ or: list(depth) }).transform(({ or }) => ({ any: or }));
  return fieldsSchema.transform((fields) => ({ all: Object.entries(fields).flatMap(conditionsOf) }));
}

function conditionsOf([field, filter]: [string, MetadataValue | FieldFilter]): Condition[] {
  if (typeof filter !== 'object') return [{ field, operator: 'eq', values: [filter] }];
  return Object.entries(filter).map(([operator, value]): Condition => {
    switch (operator) {
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return { field, operator, bound: value };
      case 'in':
      case 'notIn':
        return { field, operator, values: value };
      default:
        return { field, operator: operator as 'eq' | 'ne', values: [value] };
    }
  });
}

function sizeOf(condition: Condition): number {
  if ('all' in condition) return condition.all.reduce((sum, each) => sum + sizeOf(each), 0);
  if ('any' in condition) return condition.any.reduce((sum, each) => sum + sizeOf(each), 0);
  return 'values' in condition ? condition.values.length : 1;
}

/** A filter of the user's, read into a tree. */
export const filterSchema: z.ZodType<Condition> = filterAt(1).refine(
  (condition) => sizeOf(condition) <= MAX_CONDITIONS,
  `expected at most ${MAX_CONDITIONS} comparisons`,
);
