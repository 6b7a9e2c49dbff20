import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type ContentsReport, notIncluded } from '../contents/contents-report.js';
import { ArchiveInvalidError } from '../errors.js';
import {
  type ArchivedRecords,
  RECORD_KINDS,
  type RecordKind,
  recordEntryOf,
  recordKindOf,
  recordSchemaOf,
} from '../records/archived-records.js';
import { type ArchiveEntry, compressedEntriesOf, unpackEntry } from './archive-entries.js';
import { type ArchiveFile, openArchive } from './archive-file.js';
import {
  ARCHIVE_FORMAT,
  type ArchiveEnd,
  type ArchiveHead,
  archiveEndSchema,
  archiveHeadSchema,
  contentsPartName,
  END,
  FORMAT_WITHOUT_CONTENTS,
  HEAD,
  objectsPartName,
  partName,
  SIGNATURE,
} from './archive-format.js';
import { type ArchiveReading, parseReading } from './archive-options.js';
import { type ArchiveSignature, requireSignature, signatureSchema } from './signature.js';

/** An archive whose content is what its end says. */
export interface VerifiedArchive {
  readonly head: ArchiveHead;
  readonly end: ArchiveEnd;
  readonly records: ArchivedRecords;
  readonly rows: number;
  /** What the rows name that is not in PostgreSQL, and whether the archive has it. */
  readonly contents: readonly ContentsReport[];
  /** Of the rows, as COPY writes them. */
  readonly bytes: number;
  /** SHA-256 of the public key (SPKI, DER) that it says to be signed with. Verified when trusted keys were given, and only then. */
  readonly signedWith?: string | undefined;
}

/** The end, or the end and its signature. */
const AT_THE_END = 2;

/**
 * Reads an archive from its beginning to its end, and checks it against the checksums in its end. Rows are not decompressed:
 * they are checked once more, part by part, when they are read.
 *
 * @throws {ArchiveInvalidError} for anything but a whole archive.
 * @throws {ArchiveEncryptedError} when it is encrypted, and no identity opens it.
 * @throws {ArchiveUntrustedError} when trusted keys were given, and none of them has signed it.
 */
export async function verifyArchive(
  file: ArchiveFile,
  signal?: AbortSignal,
  reading: ArchiveReading = {},
): Promise<VerifiedArchive> {
  const { identities, trustedKeys: trusted } = parseReading(reading);
  const found: string[] = [];
  const last: Buffer[] = [];
  let head: ArchiveHead | undefined;
  const records: { [Kind in RecordKind]?: unknown } = {};
  let areRowsNext = false;
  for await (const stored of compressedEntriesOf(await openArchive(file, signal), identities)) {
    if (!areRowsNext) {
      const entry = await unpackEntry(stored);
      const kind = recordKindOf(entry.name);
      if (!head) head = headOf(entry);
      else if (kind) records[kind] = parse(entry.name, recordSchemaOf(kind), entry.content);
      else areRowsNext = true;
    }
    found.push(sha256(stored));
    last.push(stored);
    if (last.length > AT_THE_END) last.shift();
  }
  if (!head) throw new ArchiveInvalidError('The file is no archive.');
  const { end, content, signature } = await endOf(last);
  const said = [...entriesBefore(end)].map(({ hash }) => hash);
  const before = found.slice(0, signature ? -2 : -1);
  if (
    end.tables.length !== head.tables.length ||
    String(end.contents?.map(({ name }) => name) ?? []) !== String(includedIn(head)) ||
    String(said) !== String(before)
  )
    throw new ArchiveInvalidError('The checksums of the archive do not agree with its content.');
  if (trusted) requireSignature(content, signature, trusted);
  const sum = (field: 'rows' | 'bytes') => end.tables.reduce((total, table) => total + table[field], 0);
  return {
    head,
    end,
    records: records as ArchivedRecords,
    rows: sum('rows'),
    contents: contentsIn(head, end),
    bytes: sum('bytes'),
    signedWith: signature?.key,
  };
}

/** What comes before the end, in its order, with the checksums that the end says. */
export function* entriesBefore({
  head,
  records = {},
  tables,
  largeObjects,
  contents = [],
}: ArchiveEnd): Generator<{
  readonly name: string;
  readonly hash: string;
}> {
  yield { name: HEAD, hash: head };
  for (const kind of RECORD_KINDS) {
    const hash = records[kind];
    if (hash !== undefined) yield { name: recordEntryOf(kind), hash };
  }
  for (const [table, { parts }] of tables.entries())
    for (const [part, hash] of parts.entries()) yield { name: partName(table + 1, part + 1), hash };
  for (const [part, hash] of (largeObjects?.parts ?? []).entries())
    yield { name: objectsPartName(part + 1), hash };
  for (const { name, parts } of contents)
    for (const [part, hash] of parts.entries()) yield { name: contentsPartName(name, part + 1), hash };
}

function contentsIn(
  { companions = [] }: ArchiveHead,
  { contents = [] }: ArchiveEnd,
): readonly ContentsReport[] {
  return companions.map(({ name }) => {
    const found = contents.find((one) => one.name === name);
    if (!found) return notIncluded(name);
    const { objects, bytes, missing } = found;
    return { name, isIncluded: true, objects, bytes, missing };
  });
}

/** The companions whose contents an archive has. */
export function includedIn({ companions = [] }: Pick<ArchiveHead, 'companions'>): readonly string[] {
  return companions.filter(({ isIncluded }) => isIncluded).map(({ name }) => name);
}

async function endOf(
  last: readonly Buffer[],
): Promise<{ end: ArchiveEnd; content: Buffer; signature: ArchiveSignature | undefined }> {
  const entries = await Promise.all(last.map(unpackEntry));
  const signature = entries.at(-1)?.name === SIGNATURE ? entries.pop() : undefined;
  const end = entries.at(-1);
  if (end?.name !== END)
    throw new ArchiveInvalidError('The archive has no end: it was not written to the end.');
  return {
    end: parse(END, archiveEndSchema, end.content),
    content: end.content,
    signature: signature && parse(SIGNATURE, signatureSchema, signature.content),
  };
}

function headOf({ name, content }: ArchiveEntry): ArchiveHead {
  if (name !== HEAD) throw new ArchiveInvalidError('The archive does not begin with its head.');
  const { format } = (jsonOf(HEAD, content) ?? {}) as { format?: unknown };
  if (typeof format === 'number' && format !== ARCHIVE_FORMAT && format !== FORMAT_WITHOUT_CONTENTS)
    throw new ArchiveInvalidError(
      `The archive has format ${format}, and this release reads the formats ${FORMAT_WITHOUT_CONTENTS} and ${ARCHIVE_FORMAT}. Read it with the release that wrote it.`,
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

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
