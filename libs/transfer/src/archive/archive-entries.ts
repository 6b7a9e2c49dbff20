import type { Readable } from 'node:stream';
import { RowhouseError } from '@rowhouse/core';
import { unpackTar } from 'modern-tar';
import { ArchiveInvalidError } from '../errors.js';
import { recordKindOf } from '../records/archived-records.js';
import { END, HEAD, MAX_JSON_BYTES, PART_BYTES, SIGNATURE } from './archive-format.js';
import { decrypt, INTRODUCTION_BYTES, isEncrypted } from './encryption.js';
import { type ArchiveCompression, contentOf, memberOf, membersOf } from './members.js';
import { peek } from './peek.js';
import { BLOCK_BYTES, writeTarHeader } from './tar-header.js';

export interface ArchiveEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** Members that are compressed, or decompressed, at the same time. */
export const MEMBERS_AT_ONCE = 3;

/** Two blocks of zeros. */
const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

/** An entry, compressed. @param isLast - whether the archive ends with it. */
export async function packEntry(
  { name, content }: ArchiveEntry,
  compression: ArchiveCompression,
  { isLast }: { readonly isLast: boolean },
): Promise<Buffer> {
  const header = Buffer.alloc(BLOCK_BYTES);
  writeTarHeader(header, name, content.length);
  const zeros = Buffer.alloc(-content.length & (BLOCK_BYTES - 1));
  return memberOf(Buffer.concat([header, content, zeros, ...(isLast ? [TAR_END] : [])]), compression);
}

/**
 * What is named in it is compared and never used as a path.
 *
 * @throws {ArchiveInvalidError} for what is no entry that an export writes.
 */
export async function unpackEntry(member: Buffer): Promise<ArchiveEntry> {
  const tar = await contentOf(member, MAX_JSON_BYTES + 4 * BLOCK_BYTES);
  const entries = await unpackTar(Buffer.concat([tar, TAR_END]), { strict: true }).catch((error: unknown) => {
    throw new ArchiveInvalidError('A part of the archive is no entry of a tar file.', error);
  });
  const [{ header, data } = { header: undefined, data: undefined }] = entries;
  const isJson =
    header && ([HEAD, END, SIGNATURE].includes(header.name) || recordKindOf(header.name) !== undefined);
  if (entries.length !== 1 || header?.type !== 'file' || header.size > (isJson ? MAX_JSON_BYTES : PART_BYTES))
    throw new ArchiveInvalidError('An entry of the archive is none that an export writes.');
  const { buffer, byteOffset, byteLength } = data as Uint8Array<ArrayBuffer>;
  return { name: header.name, content: Buffer.from(buffer, byteOffset, byteLength) };
}

/**
 * The entries of an archive, one after the other, each in memory as a whole.
 *
 * @param source - as of {@link compressedEntriesOf}.
 * @throws {ArchiveInvalidError} for what is no entry that an export writes.
 */
export async function* entriesOf(source: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEntry> {
  const ahead: Promise<ArchiveEntry>[] = [];
  for await (const member of source) {
    const entry = unpackEntry(member);
    // It may fail before its turn has come.
    entry.catch(() => {});
    ahead.push(entry);
    if (ahead.length === MEMBERS_AT_ONCE) yield (await ahead.shift()) as ArchiveEntry;
  }
  for (const entry of ahead) yield await entry;
}

/**
 * The entries of an archive as they are compressed.
 *
 * @param identities - open it where it is encrypted.
 * @throws {ArchiveInvalidError} for a stream that is not what a writer has written.
 * @throws {ArchiveEncryptedError} when none of the identities opens it.
 */
export async function* compressedEntriesOf(
  source: Readable,
  identities: readonly string[],
): AsyncGenerator<Buffer> {
  try {
    yield* membersOf(await decrypted(source, identities));
  } catch (error) {
    if (error instanceof RowhouseError || isFileError(error)) throw error;
    throw new ArchiveInvalidError('The file is no archive, or a part of it is missing or damaged.', error);
  } finally {
    source.destroy();
  }
}

async function decrypted(source: Readable, identities: readonly string[]): Promise<Readable> {
  const { start, all } = await peek(source, INTRODUCTION_BYTES);
  return isEncrypted(start) ? decrypt(all, identities) : all;
}

/** The file could not be read: that says nothing of its content. */
function isFileError(error: unknown): boolean {
  return (
    typeof (error as { syscall?: unknown }).syscall === 'string' || (error as Error).name === 'AbortError'
  );
}
