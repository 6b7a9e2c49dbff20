import type { Tenant } from '@rowhouse/core';

/** `manifest.json` of an export. */
export interface ExportManifest {
  readonly format: 1;
  readonly tenant: Tenant;
  /** When the export began: ISO 8601, in UTC. */
  readonly takenAt: string;
  /** The migrations that the tables have had, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly ExportedTable[];
  /** Empty with isolation `row`, where all tenants share the sequences. */
  readonly sequences: readonly ExportedSequence[];
}

export interface ExportedTable {
  /** Its name in PostgreSQL, without the schema and not quoted. */
  readonly name: string;
  /** The name of a CSV file with a header (manual, COPY), in the same folder. NULL is an empty field, an empty string is `""`. */
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** The checksum of the file, in hexadecimal. */
  readonly sha256: string;
}

export interface ExportedSequence {
  readonly name: string;
  /** A 64-bit integer, in decimal. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** A file name that is valid on every file system. @param place - makes the name unique. */
export function fileNameOf(table: string, place: number): string {
  const readable = table.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60);
  return `${String(place + 1).padStart(4, '0')}-${readable}.csv`;
}
