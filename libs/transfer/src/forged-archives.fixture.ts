import { createWriteStream } from 'node:fs';
import type { ArchivedSequence, ArchiveHead } from './archive/archive-format.js';
import { ArchiveWriter } from './archive/archive-writer.js';

/** Rows of a table as a liar writes them. */
export interface ForgedTable {
  /** How many there are, as the archive says. */
  readonly rows: number;
  readonly content: string | Buffer;
}

/** Writes an archive as a careful liar does: its checksums are right. @returns the path. */
export async function forgeArchive(
  path: string,
  head: unknown,
  tables: readonly ForgedTable[],
  sequences: readonly ArchivedSequence[] = [],
): Promise<string> {
  const writer = await ArchiveWriter.open(createWriteStream(path), undefined);
  await writer.writeHead(head as ArchiveHead);
  for (const { rows, content } of tables)
    await writer.writeTable(
      (async function* () {
        if (content.length > 0) yield Buffer.from(content);
      })(),
      () => rows,
    );
  await writer.finish(sequences);
  return path;
}
