import { type ArchiveEntry, packEntry } from './archive-entries.js';
import { END } from './archive-format.js';
import type { ArchiveCompression } from './members.js';
import { sha256 } from './read-archive.js';

/** An archive with these entries, which need not be those of an export. */
export async function archiveOf(
  entries: readonly ArchiveEntry[],
  compression: ArchiveCompression = 'gzip',
): Promise<Buffer> {
  const packed = entries.map((entry, index) =>
    packEntry(entry, compression, { isLast: index === entries.length - 1 }),
  );
  return Buffer.concat(await Promise.all(packed));
}

/** The same, by somebody who knows the format: its end has the checksums of its entries. `parts` are their indexes, for each
 * table. */
export async function forgedArchiveOf(
  entries: readonly ArchiveEntry[],
  parts: readonly (readonly number[])[],
): Promise<Buffer> {
  const packed = await Promise.all(entries.map((entry) => packEntry(entry, 'gzip', { isLast: false })));
  const hashes = packed.map(sha256);
  const tables = parts.map((indexes) => ({
    rows: indexes.length,
    bytes: 4 * indexes.length,
    parts: indexes.map((index) => hashes[index]),
  }));
  const content = Buffer.from(JSON.stringify({ head: hashes[0], tables, sequences: [] }));
  return Buffer.concat([...packed, await packEntry({ name: END, content }, 'gzip', { isLast: true })]);
}
