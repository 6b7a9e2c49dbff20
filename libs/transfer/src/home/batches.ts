/** One statement for so many tables: each statement costs a round trip, and its length is limited. */
const BATCH = 50;

export function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
}
