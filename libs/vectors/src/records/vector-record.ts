import { isStorableJson, UNSTORABLE_REFUSED } from '@rowhouse/core/internal';
import { z } from 'zod';

/** What metadata may hold. A number is a safe integer, or a fraction, of which 15 significant digits are kept. */
export type MetadataValue = string | number | boolean;

/** What is known of a record besides its document, to filter by. */
export type VectorMetadata = Readonly<Record<string, MetadataValue>>;

/** What a tenant puts into a collection. */
export interface NewVectorRecord {
  /** 1 to 200 characters. A record with an id that is there takes the place of that one. */
  readonly id: string;
  /** Default: what the `embed` of the module makes of the document. */
  readonly embedding?: readonly number[] | undefined;
  /** Up to 100,000 characters, and not empty. */
  readonly document?: string | undefined;
  /** Up to 50 fields. Default none. */
  readonly metadata?: VectorMetadata | undefined;
}

/** A record as it is stored. */
export interface VectorRecord {
  readonly id: string;
  /** In single precision. */
  readonly embedding: readonly number[];
  readonly document: string | undefined;
  readonly metadata: VectorMetadata;
}

/** A record that was found for an embedding. */
export interface VectorMatch {
  readonly id: string;
  /** By the metric of the collection; a smaller one is nearer. */
  readonly distance: number;
  readonly document: string | undefined;
  readonly metadata: VectorMetadata;
}

/** A record that is about to be stored: all of it is there, and was checked. */
export interface CheckedRecord {
  readonly id: string;
  readonly embedding: readonly number[];
  readonly document?: string | undefined;
  readonly metadata: VectorMetadata;
}

/** The most records of one call. */
export const MAX_RECORDS = 1_000;
/** The most characters of a document or a value. */
const MAX_TEXT = 100_000;
const MAX_FIELDS = 50;
const MAX_VALUE = 10_000;
/** The largest number of single precision. */
const MAX_FLOAT = 3.4e38;

const storable = (value: unknown) => isStorableJson(value);

export const idSchema = z.string().min(1).max(200).refine(storable, UNSTORABLE_REFUSED);

/** Names that mean something in a filter, and the prefix of what Rowhouse itself writes beside a tenant's metadata. */
const RESERVED = /^(and|or|not)$|^rowhouse_/i;

export const fieldNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'expected 1 to 63 of letters, digits and _, beginning with a letter')
  .refine((name) => !RESERVED.test(name), 'expected a name that is not reserved (and, or, not, rowhouse_…)');

/** Numbers that each store gives back as they are: Chroma keeps 15 digits of a fraction. */
export const numberSchema = z
  .number()
  .transform((number) => (Number.isInteger(number) ? number : Number(number.toPrecision(15))))
  .refine(
    (number) => Number.isSafeInteger(number) || !Number.isInteger(number),
    'expected a safe integer, or a fraction',
  )
  // JSON has no negative zero.
  .transform((number) => (number === 0 ? 0 : number));

/**
 * What a field has whose record was replaced by one without it, in a store that adds to metadata and takes nothing away. No
 * user's value is equal to it.
 */
export const ABSENT = '\u0001rowhouse:absent';

const textSchema = z
  .string()
  .max(MAX_VALUE)
  .refine(storable, UNSTORABLE_REFUSED)
  .refine((text) => text !== ABSENT, 'expected another text: this one is reserved');

export const valueSchema = z.union([textSchema, numberSchema, z.boolean()], {
  error: 'expected a text, a finite number, true or false',
});

const metadataSchema = z
  .record(fieldNameSchema, valueSchema)
  .refine((fields) => Object.keys(fields).length <= MAX_FIELDS, `expected at most ${MAX_FIELDS} fields`);

export const embeddingSchema = z.array(z.number().min(-MAX_FLOAT).max(MAX_FLOAT)).min(1).readonly();

export const documentSchema = z.string().min(1).max(MAX_TEXT).refine(storable, UNSTORABLE_REFUSED);

const recordSchema = z.strictObject({
  id: idSchema,
  embedding: embeddingSchema.optional(),
  document: documentSchema.optional(),
  metadata: metadataSchema.default({}),
});

export const recordsSchema = z
  .array(recordSchema)
  .max(MAX_RECORDS)
  .refine((records) => new Set(records.map(({ id }) => id)).size === records.length, 'expected each id once');

export const idsSchema = z.array(idSchema).max(MAX_RECORDS);
