import { counted } from '@rowhouse/core/internal';
import type { CopyOptions, OnConflict, TransferReport } from '@rowhouse/transfer';
import { type Command, Option } from 'commander';
import { list } from '../../options/values.js';
import { table } from '../../shell/report.js';

/** What commands have in common that write rows to a tenant which is there. */
export interface CopyFlags {
  readonly table?: readonly string[];
  readonly dependencies?: boolean;
  readonly onConflict?: OnConflict;
  readonly dryRun?: boolean;
}

const CONFLICT_MODES = ['fail', 'skip', 'overwrite', 'remap'] as const satisfies readonly OnConflict[];

export function withCopyFlags(command: Command): Command {
  return command
    .option(
      '--table <names>',
      'only these tables, separated by commas; may be repeated',
      (names: string, all: readonly string[] = []) => [...all, ...list(names)],
    )
    .option('--no-dependencies', 'leaves out the tables that they refer to')
    .addOption(
      new Option('--on-conflict <what>', 'for rows whose key another row has there (default: fail)').choices(
        CONFLICT_MODES,
      ),
    );
}

export function copyOptionsOf({
  table: tables,
  dependencies: withDependencies,
  onConflict,
  dryRun,
}: CopyFlags): CopyOptions {
  return { tables, withDependencies, onConflict, dryRun };
}

/** A line for each table that has rows, and the sum. @param done - `copied to globex`. */
export function textOfTransfer({ tables, rows, dryRun }: TransferReport, done: string): string {
  const shown = tables.filter(
    ({ written, same, conflicts, skipped }) => written + same + conflicts + skipped > 0,
  );
  const lines = shown.map((one) =>
    [one.name, one.written, one.same, one.conflicts, one.skipped, one.overwritten, one.remapped].map(String),
  );
  const head = ['TABLE', 'NEW', 'SAME', 'CONFLICTS', 'SKIPPED', 'OVERWRITTEN', 'NEW KEYS'];
  return [
    ...(lines.length > 0 ? [table(head, lines), ''] : []),
    dryRun
      ? `${counted(rows, 'row')} would be ${done}. This was a dry run: nothing was changed.`
      : `${counted(rows, 'row')} of ${counted(tables.length, 'table')} ${rows === 1 ? 'was' : 'were'} ${done}.`,
  ].join('\n');
}
