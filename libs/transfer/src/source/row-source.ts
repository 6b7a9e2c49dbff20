import type { ArchivedSequence, ArchiveHead } from '../archive/archive-format.js';

/** The rows of one table in COPY's text format. */
export interface TableRows {
  readonly chunks: AsyncIterable<Buffer>;
  /** How many rows the table has. Known when the chunks have been read. */
  readonly count: () => number;
}

/** Where rows come from: a tenant as it is at one moment, or an archive. */
export interface RowSource {
  /** What the source holds. */
  readonly head: ArchiveHead;
  /**
   * The rows of a table of the head. Tables are read one after the other, in the order of the head, each once and to its end.
   *
   * @param table - its index in the head.
   */
  rows(table: number): TableRows;
  /**
   * The content of large objects, in rows of COPY's text format: the number, the position, and the bytes from there on, at most
   * 262,144. Numbers ascend, and so do the positions of each, from 0. Asked after the rows, once.
   *
   * @param numbers - those that are needed, in ascending order. There may be others.
   */
  largeObjects(numbers: readonly number[]): AsyncIterable<Buffer>;
  /**
   * The contents that rows of a companion name, in frames, in the order of the ids of the rows. Asked after the large objects, for each
   * companion that the head includes, in its order.
   */
  contents?(companion: string): AsyncIterable<Buffer>;
  /** Where the sequences stand; empty with isolation `row`. Asked after the rows. */
  sequences(): Promise<readonly ArchivedSequence[]>;
}
