import { z } from 'zod';

/** The version of the format; see docs/archive-format.md. */
export const ARCHIVE_FORMAT = 1;
/** Bytes of one part of a table's rows, at most. Writer and reader hold one part in memory. */
export const PART_BYTES = 4 * 1_024 * 1_024;
/** Bytes of the entries at both ends, at most. */
export const MAX_JSON_BYTES = 64 * 1_024 * 1_024;

export const HEAD = 'head.json';
export const END = 'end.json';

const name = z.string().min(1).max(63);
const count = z.int().min(0);
const int8 = z.string().regex(/^-?\d{1,19}$/);

const columnSchema = z.strictObject({
  name,
  /** As PostgreSQL writes it, without the schema of the home. */
  type: z.string().min(1).max(1_000),
});

const tableSchema = z.strictObject({ name, columns: z.array(columnSchema).max(1_600) });

const sequenceSchema = z.strictObject({ name, lastValue: int8, isCalled: z.boolean() });

/** The first entry: what the archive holds, known when the export begins. */
export const archiveHeadSchema = z.strictObject({
  format: z.literal(ARCHIVE_FORMAT),
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
    metadata: z.record(z.string(), z.unknown()),
  }),
  /** The migrations that the tables have had, in their order. */
  history: z.array(z.string().min(1).max(1_000)).max(100_000),
  tables: z.array(tableSchema).max(100_000),
});

/** The last entry: what was written. An archive without it is not whole. */
export const archiveEndSchema = z.strictObject({
  /** SHA-256 of the first entry, in hexadecimal. */
  head: z.hash('sha256'),
  /** For each table of the head, in the same order. */
  tables: z.array(
    z.strictObject({
      rows: count,
      /** For each part: SHA-256 of its content, in hexadecimal. */
      parts: z.array(z.hash('sha256')),
    }),
  ),
  /** Empty with isolation `row`, where all tenants share the sequences. */
  sequences: z.array(sequenceSchema).max(100_000),
});

export type ArchiveHead = Readonly<z.infer<typeof archiveHeadSchema>>;
export type ArchiveEnd = Readonly<z.infer<typeof archiveEndSchema>>;
export type ArchivedTable = ArchiveHead['tables'][number];
export type ArchivedSequence = ArchiveEnd['sequences'][number];

/** The name of an entry with rows: both numbers count from 1. */
export function partName(table: number, part: number): string {
  return `rows/${String(table).padStart(6, '0')}/${String(part).padStart(8, '0')}.copy`;
}
