import { z } from 'zod';
import { RECORD_KINDS } from '../records/archived-records.js';

/** The version of the format; see docs/archive-format.md. */
export const ARCHIVE_FORMAT = 4;
/** That of an archive whose rows name no contents: readers of the release before read it. */
export const FORMAT_WITHOUT_CONTENTS = 3;
/** Bytes of one part of a table's rows, at most. Writer and reader hold one part in memory. */
export const PART_BYTES = 4 * 1_024 * 1_024;
/** Bytes of each part but the last of its table, at least: so many parts come with so many bytes. */
export const MIN_PART_BYTES = 64 * 1_024;
/** Bytes of the entries at both ends, at most. */
export const MAX_JSON_BYTES = 64 * 1_024 * 1_024;

export const HEAD = 'head.json';
export const END = 'end.json';
/** After the end, where the archive is signed. */
export const SIGNATURE = 'signature.json';

const name = z.string().min(1).max(63);
const count = z.int().min(0);
const int8 = z.string().regex(/^-?\d{1,19}$/);

const columnSchema = z.strictObject({
  name,
  /** As PostgreSQL writes it, without the schema of the home. */
  type: z.string().min(1).max(1_000),
  /** Its values are numbers of large objects of this archive. */
  isLargeObject: z.literal(true).optional(),
});

const isEachOnce = (named: readonly { readonly name: string }[]) =>
  new Set(named.map((one) => one.name)).size === named.length;
const ONCE = 'expected each name once';

const tableSchema = z.strictObject({
  name,
  columns: z.array(columnSchema).max(1_600).refine(isEachOnce, ONCE),
});

const companionName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

/** Contents outside of PostgreSQL that rows of a table name, and whether they are in the archive. */
const companionSchema = z.strictObject({ name: companionName, table: name, isIncluded: z.boolean() });

/** Others walk through it by recursion. */
const MAX_DEPTH = 100;

function isShallow(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((one) => (typeof one === 'object' && one ? Object.values(one) : []));
  }
  return true;
}

const sequenceSchema = z.strictObject({ name, lastValue: int8, isCalled: z.boolean() });

/** The first entry: what the archive holds, known when the export begins. */
const headSchema = z.strictObject({
  format: z.literal([FORMAT_WITHOUT_CONTENTS, ARCHIVE_FORMAT]),
  /** The program that wrote it, with its version. */
  writtenBy: z.string().max(200),
  /** When its snapshot was taken: ISO 8601, in UTC. */
  takenAt: z.iso.datetime(),
  /** PostgreSQL's `server_version_num`. */
  serverVersion: count,
  tenant: z.strictObject({
    id: z.guid(),
    slug: z.string().max(48),
    name: z.string().max(1_000),
    isolation: z.enum(['schema', 'row', 'database']),
    plan: z.string().max(1_000),
    metadata: z.record(z.string(), z.unknown()).refine(isShallow, `expected a depth of ${MAX_DEPTH} at most`),
  }),
  /** The migrations that the tables have had, in their order. */
  history: z
    .array(z.string().min(1).max(1_000))
    .max(100_000)
    .refine((names) => new Set(names).size === names.length, ONCE),
  tables: z.array(tableSchema).max(100_000).refine(isEachOnce, ONCE),
  /** From format 4 on, and left out where the rows name no contents. */
  companions: z.array(companionSchema).min(1).max(100).refine(isEachOnce, ONCE).optional(),
});
export const archiveHeadSchema = headSchema.refine(
  ({ format, companions }) => (format === ARCHIVE_FORMAT) === (companions !== undefined),
  'expected companions with format 4, and with no other',
);

/** For each part: SHA-256 of it as it is compressed, in hexadecimal. */
const partsSchema = z.array(z.hash('sha256'));

/** The last entry: what was written. An archive without it is not whole. */
export const archiveEndSchema = z.strictObject({
  /** SHA-256 of the first entry as it is compressed, in hexadecimal. */
  head: z.hash('sha256'),
  /** For each record: SHA-256 of its entry as it is compressed, in hexadecimal. */
  records: z.partialRecord(z.enum(RECORD_KINDS), z.hash('sha256')).optional(),
  /** For each table of the head, in the same order. */
  tables: z.array(
    z.strictObject({
      rows: count,
      /** Of the rows, as COPY writes them. */
      bytes: count,
      parts: partsSchema,
    }),
  ),
  /** Empty with isolation `row`, where all tenants share the sequences. */
  sequences: z.array(sequenceSchema).max(100_000),
  /** Left out where the rows name none. */
  largeObjects: z.strictObject({ count: count.min(1), parts: partsSchema }).optional(),
  /** Those of the head that are included, in its order. */
  contents: z
    .array(
      z.strictObject({
        name: companionName,
        objects: count,
        /** Of the objects. */
        bytes: count,
        /** Rows whose content was not there. */
        missing: count,
        parts: partsSchema,
      }),
    )
    .max(100)
    .optional(),
});

export type ArchiveHead = Readonly<z.infer<typeof archiveHeadSchema>>;
export type ArchiveEnd = Readonly<z.infer<typeof archiveEndSchema>>;
export type ArchivedTable = ArchiveHead['tables'][number];
export type ArchivedContents = NonNullable<ArchiveEnd['contents']>[number];
export type ArchivedSequence = ArchiveEnd['sequences'][number];

/** The name of an entry with rows: both numbers count from 1. */
export function partName(table: number, part: number): string {
  return `rows/${String(table).padStart(6, '0')}/${String(part).padStart(8, '0')}.copy`;
}

/** The name of an entry with large objects, after those with rows. @param part - counts from 1. */
export function objectsPartName(part: number): string {
  return `objects/${String(part).padStart(8, '0')}.copy`;
}

/** The folder of entries with contents: anything may be in them. */
export const CONTENTS = 'contents/';

/** The name of an entry with contents, after the large objects. @param part - counts from 1. */
export function contentsPartName(companion: string, part: number): string {
  return `${CONTENTS}${companion}/${String(part).padStart(8, '0')}.bin`;
}
