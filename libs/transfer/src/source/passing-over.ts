import { includedIn } from '../archive/read-archive.js';
import type { RowSource } from './row-source.js';

/** An archive of which not every table is asked for; those that are, in its order: what lies between is read and dropped. */
export function passingOver(source: RowSource): RowSource {
  let next = 0;
  const included = [...includedIn(source.head)];
  let isPastObjects = false;
  async function* contentsOf(name: string): AsyncGenerator<Buffer> {
    for (; next < source.head.tables.length; next += 1) for await (const _ of source.rows(next).chunks);
    if (!isPastObjects) for await (const _ of source.largeObjects([]));
    isPastObjects = true;
    for (let other = included.shift(); other !== undefined; other = included.shift()) {
      const contents = source.contents?.(other) ?? [];
      if (other === name) return yield* contents;
      for await (const _ of contents);
    }
  }
  return {
    head: source.head,
    contents: (name) => contentsOf(name),
    largeObjects: (numbers) => source.largeObjects(numbers),
    sequences: () => source.sequences(),
    rows: (table) => {
      const rows = source.rows(table);
      const chunks = async function* () {
        for (; next < table; next += 1) for await (const _ of source.rows(next).chunks);
        next = table + 1;
        yield* rows.chunks;
      };
      return { chunks: chunks(), count: rows.count };
    },
  };
}
