import { z } from 'zod';
import { VectorsInvalidError } from '../errors.js';
import { parse } from './parse.js';

/** How far two embeddings are from each other. A smaller distance is nearer, whatever the metric. */
export const METRICS = ['cosine', 'l2', 'ip'] as const;

/**
 * `cosine`: 1 minus the cosine of the angle, 0 to 2. `l2`: the Euclidean distance. `ip`: the negative inner product, for
 * embeddings that are normalised or whose length means something.
 */
export type Metric = (typeof METRICS)[number];

/** The most that all stores take. */
export const MAX_DIMENSIONS = 16_000;

/** A collection of a tenant. */
export interface CollectionFacts {
  readonly name: string;
  /** How many numbers an embedding has. */
  readonly dimensions: number;
  readonly metric: Metric;
}

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const nameSchema = z.string().regex(NAME, 'expected 1 to 63 of a-z, 0-9, _ and -, beginning with a letter');

/** @throws {VectorsInvalidError} */
export function parseCollectionName(name: unknown): string {
  return parse(nameSchema, name, 'name');
}

export const shapeSchema = z.strictObject({
  dimensions: z.int().min(1).max(MAX_DIMENSIONS).optional(),
  metric: z.enum(METRICS).default('cosine'),
});

/** What a collection is made with. */
export interface CollectionShape {
  /** How many numbers an embedding has. Default: as many as the first that comes. */
  readonly dimensions?: number | undefined;
  /** Default `cosine`. */
  readonly metric?: Metric | undefined;
}

/**
 * Whether an embedding fits a collection.
 *
 * @throws {VectorsInvalidError}
 */
export function requireFitting(embedding: readonly number[], facts: CollectionFacts, field: string): void {
  if (embedding.length !== facts.dimensions)
    throw new VectorsInvalidError([
      {
        field,
        expected: `expected ${facts.dimensions} numbers, as the collection has, got ${embedding.length}`,
      },
    ]);
  // PostgreSQL and Chroma keep single precision, in which a very small number is 0.
  if (facts.metric === 'cosine' && embedding.every((number) => Math.fround(number) ** 2 === 0))
    throw new VectorsInvalidError([
      { field, expected: 'expected a number other than 0: there is no angle to a zero vector' },
    ]);
}
