import type { ArchivedSequence } from '../archive/archive-format.js';
import type { HomeTable } from '../home/tables.js';

/** How rows get into the tables of a home, within one transaction. */
export interface Load {
  begin(): Promise<void>;
  /** @param source - rows in COPY's text format. @returns how many were written. */
  write(table: HomeTable, source: AsyncIterable<Buffer>): Promise<number>;
  /**
   * Everything is written.
   *
   * @param sequences - where those of the source stand.
   */
  end(sequences: readonly ArchivedSequence[]): Promise<void>;
}
