import type { RowSource } from './row-source.js';

/** An archive of which not every table is asked for; those that are, in its order: what lies between is read and dropped. */
export function passingOver(source: RowSource): RowSource {
  let next = 0;
  return {
    head: source.head,
    ...(source.contents && { contents: source.contents.bind(source) }),
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
