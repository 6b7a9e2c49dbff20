import type { ContentsReport } from '../contents/contents-report.js';
import type { MergedTable } from '../merge/merge-table.js';

export interface TransferReport {
  /** In the order in which they were planned; a table that others refer to is among them, with `isRemoved` false. */
  readonly tables: readonly TransferredTable[];
  /** Rows that were written at the target, new or over others; after a dry run those that would be. */
  readonly rows: number;
  /** What became of the contents that rows name, such as files: those that were left behind, too. A dry run reads none. */
  readonly contents: readonly ContentsReport[];
  readonly dryRun: boolean;
}

/** What became of the rows of one table. */
export interface TransferredTable extends Readonly<MergedTable> {
  /** Its rows were removed at the source, but for those that were skipped. */
  readonly isRemoved: boolean;
}

/** @param isRemoved - whether the rows of the table with this index are removed at the source. */
export function reportOf(
  merged: readonly MergedTable[],
  dryRun: boolean,
  contents: readonly ContentsReport[],
  isRemoved: (index: number) => boolean = () => false,
): TransferReport {
  return {
    tables: merged.map((one, index) => ({ ...one, isRemoved: !dryRun && isRemoved(index) })),
    rows: merged.reduce((sum, { written, overwritten }) => sum + written + overwritten, 0),
    contents,
    dryRun,
  };
}
