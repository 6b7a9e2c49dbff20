import type { TransferControl } from '@rowhouse/transfer';
import type { Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { progressOn } from '../../shell/progress.js';

/** Displays the progress of an export or an import while `work` runs; Ctrl-C ends it. */
export async function withTransferProgress<T>(
  io: Io,
  work: (control: TransferControl) => Promise<T>,
): Promise<T> {
  const shown = progressOn(io.stderr, 'table');
  try {
    return await work({
      signal: io.signal,
      onProgress: ({ table, done, total }) => shown.show({ done, total, note: onOneLine(table) }),
    });
  } finally {
    shown.end();
  }
}
