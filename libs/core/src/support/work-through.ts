/**
 * Works through items, so many at a time, until there are none left or `isOver` says so; then waits for those under way.
 *
 * What an item throws ends the worker that had it, and is thrown when the last worker has ended: nothing goes on after the
 * call.
 *
 * @param items - read as the work goes on, so that an async generator may page through a long list.
 */
export async function workThrough<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { concurrency, isOver = () => false }: { readonly concurrency: number; readonly isOver?: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const next = inTurn(items);
  const worker = async () => {
    for (let item = await next(); !item.done && !isOver(); item = await next()) await work(item.value);
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const ended of workers) if (ended.status === 'rejected') throw ended.reason;
}

/** An async generator serves its callers in turn, so the workers may share one. */
function inTurn<T>(items: Iterable<T> | AsyncIterable<T>): () => Promise<IteratorResult<T, void>> {
  async function* each(): AsyncGenerator<T, void, void> {
    yield* items;
  }
  const iterator = each();
  return () => iterator.next();
}
