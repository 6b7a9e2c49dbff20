import type { CollectionFacts, Metric } from '../records/collection-facts.js';

/** What an HNSW index of the type `vector` takes. */
export const MAX_INDEXED_DIMENSIONS = 2_000;

const PGVECTOR_DISTANCES = {
  cosine: { operator: '<=>', operatorClass: 'vector_cosine_ops' },
  l2: { operator: '<->', operatorClass: 'vector_l2_ops' },
  ip: { operator: '<#>', operatorClass: 'vector_ip_ops' },
} as const;

/** Of two embeddings, whose numbers are the rows `(a, b)`. Rounding takes no cosine beyond 1. */
const EXACT_DISTANCES: Readonly<Record<Metric, string>> = {
  cosine: '1 - greatest(-1, least(1, sum(a * b) / sqrt(sum(a * a) * sum(b * b))))',
  l2: 'sqrt(sum((a - b) * (a - b)))',
  ip: '-sum(a * b)',
};

type Shape = Pick<CollectionFacts, 'dimensions' | 'metric'>;

/** How embeddings are kept in a home. Both types take each other's values, so that one can be changed to the other while apps run. */
export interface EmbeddingType {
  readonly column: string;
  /** Of the column `embedding`: what must be true of it, besides that it is there. */
  readonly isSound: string;
  /**
   * The distance of the column `embedding` to a parameter.
   *
   * @param shape - of a collection, checked: it is part of the SQL.
   */
  distance(shape: Shape, parameter: string): string;
}

const castTo = (dimensions: number) => `(embedding::vector(${dimensions}))`;

export const EMBEDDING_TYPES = {
  /** The type of the extension. The distance is written as the index for collections of this shape has it. */
  pgvector: {
    column: 'vector',
    isSound: 'vector_dims(embedding) = dimensions',
    distance: ({ dimensions, metric }, parameter) =>
      `${castTo(dimensions)} ${PGVECTOR_DISTANCES[metric].operator} ${parameter}::real[]::vector(${dimensions})`,
  },
  /** A type that every PostgreSQL has. The distance is computed number by number. */
  exact: {
    column: 'real[]',
    isSound: 'cardinality(embedding) = dimensions and array_position(embedding, null) is null',
    distance: ({ metric }, parameter) =>
      `(select ${EXACT_DISTANCES[metric]}
          from (select unnest(embedding::real[])::float8 as a, unnest(${parameter}::real[])::float8 as b) pairs)`,
  },
} as const satisfies Record<string, EmbeddingType>;

/** `pgvector`, with the extension; or `exact`, on any PostgreSQL. */
export type HomeStoreName = keyof typeof EMBEDDING_TYPES;

export const HOME_STORES = Object.keys(EMBEDDING_TYPES) as [HomeStoreName, ...HomeStoreName[]];

export const indexName = ({ dimensions, metric }: Shape) => `vector_records_${metric}_${dimensions}`;

/** An index that pgvector's distances of a shape use. */
export const createIndex = (shape: Shape) =>
  `create index ${indexName(shape)} on vector_records
    using hnsw (${castTo(shape.dimensions)} ${PGVECTOR_DISTANCES[shape.metric].operatorClass}) where dimensions = ${shape.dimensions}`;
