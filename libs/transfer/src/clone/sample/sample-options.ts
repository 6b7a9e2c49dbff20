import { z } from 'zod';

/** How much of one table: a share of its rows (0 to 1), or a number of rows. */
export type TableSample = { readonly share: number } | { readonly rows: number };

/**
 * A share of the rows of all tables that refer to none, or samples of named tables. Rows of other tables go with those that they refer
 * to.
 */
export type Sample = { readonly share: number } | { readonly tables: Readonly<Record<string, TableSample>> };

const shareSchema = z.strictObject({ share: z.number().gt(0).max(1) });

/** For requests that hold a sample. */
export const sampleSchema: z.ZodType<Sample> = z.union(
  [
    shareSchema,
    z.strictObject({
      tables: z.record(z.string(), z.union([shareSchema, z.strictObject({ rows: z.int().min(1) })])),
    }),
  ],
  'expected { share } between 0 and 1, or { tables: { name: { share } or { rows } } }',
);
