import type { Tenant } from '@rowhouse/core';

/** `manifest.json` of an export. */
export interface ExportManifest {
  readonly format: 1;
  readonly tenant: Tenant;
  /** ISO 8601, in UTC: all tables are as they were at this moment. */
  readonly takenAt: string;
  /** The migrations that the tables have had, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly ExportedTable[];
  /** Empty with isolation `row`, whose sequences are everybody's. */
  readonly sequences: readonly ExportedSequence[];
}

export interface ExportedTable {
  /** As PostgreSQL has it, without a schema. */
  readonly name: string;
  /** CSV with a header (manual, COPY), in the same folder. NULL is an empty field, an empty text a quoted one. */
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

export interface ExportedSequence {
  readonly name: string;
  /** A 64-bit number. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** A name that any file system takes, whatever the table is called. @param place - makes it unique. */
export function fileNameOf(table: string, place: number): string {
  const readable = table.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60);
  return `${String(place + 1).padStart(4, '0')}-${readable}.csv`;
}
