import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { Book } from '../support/shop.js';
import { type Door, type Lane, throughDoor } from './doors.js';
import { expectOwn } from './marks.js';
import { expectedBooks, shapeOf } from './steps.js';
import { copyOf } from './tenant-model.js';

export type CacheCommand =
  | { readonly command: 'readCached'; readonly door: Door; readonly by: 'name' | 'text' }
  | { readonly command: 'forget'; readonly door: Door };

export const anyCacheCommand = (door: fc.Arbitrary<Door>): fc.Arbitrary<CacheCommand> =>
  fc.oneof(
    {
      arbitrary: fc.record({
        command: fc.constant('readCached' as const),
        door,
        by: fc.constantFrom('name' as const, 'text' as const),
      }),
      weight: 4,
    },
    { arbitrary: fc.record({ command: fc.constant('forget' as const), door }), weight: 1 },
  );

/** Long enough that nothing expires during a test. */
const KEPT_MS = 1_000_000_000;
const NAME = 'all-books';

/** The names and the texts under which results are cached are the same for all tenants. */
export function performCacheCommand(command: CacheCommand, lane: Lane): Promise<void> {
  return lane.world.cacheTurnstile(() =>
    throughDoor(command.door, lane, (dataSource) => perform(command, dataSource, lane)),
  );
}

/**
 * Runs one at a time. TypeORM keeps the connection of the query while it requests another one to write the result into
 * its cache table, so as many cached reads as there are connections would wait for each other forever.
 */
export function makeTurnstile(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

async function perform(command: CacheCommand, dataSource: DataSource, { model }: Lane): Promise<void> {
  if (command.command === 'forget') {
    await dataSource.queryResultCache?.remove([NAME]);
    model.cached.delete('name');
    return;
  }
  const found = await dataSource.manager.find(Book, {
    order: { id: 'ASC' },
    // Each has its own name and text, so that one does not find the result of the other.
    ...(command.by === 'name'
      ? { cache: { id: NAME, milliseconds: KEPT_MS } }
      : { cache: KEPT_MS, take: 999 }),
  });
  const seen = expectOwn(model.member, found.map(shapeOf));
  const expected = model.cached.get(command.by) ?? copyOf(expectedBooks(model));
  deepStrictEqual(seen, expected);
  model.cached.set(command.by, expected);
}
