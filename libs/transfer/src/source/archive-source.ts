import { compressedEntriesOf, entriesOf } from '../archive/archive-entries.js';
import { type ArchiveFile, openArchive } from '../archive/archive-file.js';
import { type ArchiveEnd, HEAD } from '../archive/archive-format.js';
import { entriesBefore, sha256, type VerifiedArchive } from '../archive/read-archive.js';
import { ArchiveInvalidError } from '../errors.js';
import { recordKindOf } from '../records/archived-records.js';
import { PartChecks } from './part-checks.js';
import type { RowSource } from './row-source.js';

/**
 * Hands out the rows of an archive that was verified.
 *
 * @param use - the source is there until it settles. Its rows throw {@link ArchiveInvalidError} when the file was changed since it was
 * verified; no part of it that differs is handed out.
 */
export async function withRowsOfArchive<T>(
  file: ArchiveFile,
  archive: VerifiedArchive,
  {
    signal,
    identities = [],
  }: { signal?: AbortSignal | undefined; identities?: readonly string[] | undefined },
  use: (source: RowSource) => Promise<T>,
): Promise<T> {
  const { head, end } = archive;
  const parts = partsOf(file, archive, signal, identities);
  try {
    return await use({
      head,
      rows: (table) => {
        const { parts: hashes, rows } = end.tables[table] ?? { parts: [], rows: 0 };
        return { chunks: take(parts, hashes.length), count: () => rows };
      },
      sequences: async () => end.sequences,
      largeObjects: () => take(parts, end.largeObjects?.parts.length ?? 0),
      contents: (name) => take(parts, end.contents?.find((one) => one.name === name)?.parts.length ?? 0),
    });
  } finally {
    await parts.return(undefined);
  }
}

/** The parts of all tables, of the large objects and of contents, in their order. */
async function* partsOf(
  file: ArchiveFile,
  { end }: VerifiedArchive,
  signal: AbortSignal | undefined,
  identities: readonly string[],
): AsyncGenerator<Buffer> {
  const compressed = compressedEntriesOf(await openArchive(file, signal), identities);
  const said = entriesBefore(end);
  const checks = new PartChecks();
  for await (const { name, content } of entriesOf(checked(compressed, end))) {
    const { value: expected } = said.next();
    if (name !== expected?.name)
      throw new ArchiveInvalidError('The parts of the archive are not in their order.');
    if (name === HEAD || recordKindOf(name)) continue;
    checks.check(name, content);
    yield content;
  }
}

/** The entries before the end. */
async function* checked(source: AsyncIterable<Buffer>, end: ArchiveEnd): AsyncGenerator<Buffer> {
  const said = entriesBefore(end);
  for await (const stored of source) {
    const { value: expected, done } = said.next();
    if (done) return;
    if (expected.hash !== sha256(stored)) throw changed();
    yield stored;
  }
}

async function* take<T>(source: AsyncIterator<T>, count: number): AsyncGenerator<T> {
  for (let taken = 0; taken < count; taken += 1) {
    const { value, done } = await source.next();
    if (done) throw changed();
    yield value;
  }
}

function changed(): ArchiveInvalidError {
  return new ArchiveInvalidError('The archive was changed while it was read.');
}
