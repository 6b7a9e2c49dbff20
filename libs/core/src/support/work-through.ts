/**
 * Works through items, so many at a time, until there are none left, `isOver` says so, or an item fails; then waits for those
 * under way. Nothing goes on after the call.
 *
 * @param items - read as the work goes on, so that an async generator may page through a long list.
 * @throws what the first item threw.
 */
export async function workThrough<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { concurrency, isOver = () => false }: { readonly concurrency: number; readonly isOver?: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = inTurn(items);
  let hasFailed = false;
  const worker = async () => {
    try {
      for (
        let item = await iterator.next();
        !item.done && !hasFailed && !isOver();
        item = await iterator.next()
      )
        await work(item.value);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  await iterator.return();
  for (const ended of workers) if (ended.status === 'rejected') throw ended.reason;
}

/** An async generator serves its callers in turn, so the workers may share one. */
async function* inTurn<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, void> {
  yield* items;
}
