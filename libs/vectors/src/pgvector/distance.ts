import type { Metric } from '../records/collection-facts.js';

/** What an HNSW index of the type `vector` takes. */
export const MAX_INDEXED_DIMENSIONS = 2_000;

const DISTANCES = {
  cosine: { operator: '<=>', operatorClass: 'vector_cosine_ops' },
  l2: { operator: '<->', operatorClass: 'vector_l2_ops' },
  ip: { operator: '<#>', operatorClass: 'vector_ip_ops' },
} as const;

export const distanceOf = (metric: Metric) => DISTANCES[metric];

/** Of a number that was checked. An index is used by queries that write the same. */
export const indexExpression = (dimensions: number) => `(embedding::vector(${dimensions}))`;
