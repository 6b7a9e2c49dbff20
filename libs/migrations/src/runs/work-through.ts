/**
 * Works through items, so many at a time, until there are none left or `isOver` says so; then waits for those under way.
 * What an item throws ends the worker that had it, and is thrown when the last worker has ended: nothing goes on behind the
 * caller's back.
 */
export async function workThrough<T>(
  items: readonly T[],
  { concurrency, isOver }: { readonly concurrency: number; readonly isOver: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined && !isOver(); next = queue.shift()) await work(next);
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const ended of workers) if (ended.status === 'rejected') throw ended.reason;
}
