import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { ArchiveInvalidError } from '../errors.js';
import { entriesOf } from './archive-entries.js';
import {
  ARCHIVE_FORMAT,
  type ArchiveEnd,
  type ArchiveHead,
  archiveEndSchema,
  archiveHeadSchema,
  END,
  HEAD,
  partName,
} from './archive-format.js';

/** An archive whose content is what its end says. */
export interface VerifiedArchive {
  readonly head: ArchiveHead;
  readonly end: ArchiveEnd;
  readonly rows: number;
  /** Of the rows, as COPY writes them. */
  readonly bytes: number;
}

/**
 * Reads an archive from its beginning to its end, and checks every part against its checksum.
 *
 * @throws {ArchiveInvalidError} for anything but a whole archive.
 */
export async function verifyArchive(path: string, signal?: AbortSignal): Promise<VerifiedArchive> {
  const hashes: string[][] = [];
  let headHash = '';
  let head: ArchiveHead | undefined;
  let end: ArchiveEnd | undefined;
  let bytes = 0;
  let [table, part] = [0, 0];
  for await (const { name, content } of entriesOf(createReadStream(path, { signal }))) {
    if (end) throw new ArchiveInvalidError('The archive goes on after its end.');
    if (!head) {
      if (name !== HEAD) throw new ArchiveInvalidError('The archive does not begin with its head.');
      head = headOf(content);
      headHash = sha256(content);
      continue;
    }
    if (name === END) {
      end = parse(END, archiveEndSchema, content);
      continue;
    }
    [table, part] = placeOf(name, table, part, head.tables.length);
    hashes[table - 1] ??= [];
    hashes[table - 1]?.push(sha256(content));
    bytes += content.length;
  }
  if (!head || !end) throw new ArchiveInvalidError('The archive has no end: it was not written to the end.');
  const found = head.tables.map((_, index) => hashes[index] ?? []);
  const said = end.tables.map(({ parts }) => parts);
  if (end.head !== headHash || JSON.stringify(found) !== JSON.stringify(said))
    throw new ArchiveInvalidError('The checksums of the archive do not agree with its content.');
  const rows = end.tables.reduce((sum, one) => sum + one.rows, 0);
  return { head, end, rows, bytes };
}

/**
 * The parts of all tables in their order, once more from the file.
 *
 * @throws {ArchiveInvalidError} when the file was changed since it was verified. No part of it that differs is handed out.
 */
export async function* partsOf(
  path: string,
  { end }: VerifiedArchive,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const expected = end.tables.flatMap(({ parts }) => parts).values();
  for await (const { name, content } of entriesOf(createReadStream(path, { signal }))) {
    if (name === HEAD || name === END) continue;
    if (expected.next().value !== sha256(content))
      throw new ArchiveInvalidError('The archive was changed while it was read.');
    yield content;
  }
}

/** The next part of the same table, or the first of a later one. */
function placeOf(name: string, table: number, part: number, tables: number): [table: number, part: number] {
  if (table > 0 && name === partName(table, part + 1)) return [table, part + 1];
  for (let later = table + 1; later <= tables; later += 1) if (name === partName(later, 1)) return [later, 1];
  throw new ArchiveInvalidError('The parts of the archive are not in their order.');
}

function headOf(content: Buffer): ArchiveHead {
  const { format } = (jsonOf(HEAD, content) ?? {}) as { format?: unknown };
  if (typeof format === 'number' && format > ARCHIVE_FORMAT)
    throw new ArchiveInvalidError(
      `The archive has format ${format}, and this release reads up to ${ARCHIVE_FORMAT}. Read it with the release that wrote it, or a later one.`,
    );
  return parse(HEAD, archiveHeadSchema, content);
}

function parse<T>(name: string, schema: z.ZodType<T>, content: Buffer): T {
  const { success, data, error } = schema.safeParse(jsonOf(name, content));
  if (success) return data;
  const [issue] = error.issues;
  throw new ArchiveInvalidError(`${name}: ${issue?.path.join('.') || 'content'}: ${issue?.message}`);
}

function jsonOf(name: string, content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw new ArchiveInvalidError(`${name} is no JSON.`, error);
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
