import { counted } from '@rowhouse/core/internal';
import type { DiffReport, RowChange } from '@rowhouse/transfer';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { countOrZero, list } from '../../options/values.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report, table } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { withTransferProgress } from '../transfer/transfer-progress.js';

interface DiffCommandOptions extends TargetOptions {
  readonly json?: boolean;
  readonly tables?: readonly string[];
  readonly keysOnly?: boolean;
  readonly limit: number;
}

const HELP = `
Rows that only the second tenant has are added, and those that only the first has are removed. Both are read as they were
at one moment, while the application goes on. Exit status: 0 when they are equal; 1 when they differ, and when it failed;
2 when the command could not start.

Examples:
  $ rowhouse diff acme acme-staging
  $ rowhouse diff acme acme-staging --tables orders,customers --keys-only
  $ rowhouse diff acme acme-staging --limit 0 --json
`;

export function addDiff(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('diff'))
    .description('compares the rows of two tenants')
    .argument('<before>', 'slug or id')
    .argument('<after>', 'slug or id')
    .option('--tables <names>', 'compares only these tables', list)
    .option('--keys-only', 'shows which rows differ, and not what they hold')
    .option('--limit <count>', 'how many rows to show; all are counted', countOrZero, 100)
    .addHelpText('after', HELP)
    .action(async (before, after, options) => done(await diff(before, after, options, io)));
}

async function diff(before: string, after: string, options: DiffCommandOptions, io: Io): Promise<ExitCode> {
  const { tables, keysOnly, limit } = options;
  const changes: RowChange[] = [];
  const result = await withFleet(options, io, { app: false }, async (fleet) => {
    const { diffTenants } = await import('@rowhouse/transfer');
    const [one, other] = [await fleet.tenants.find(before), await fleet.tenants.find(after)];
    return withTransferProgress(io, async (control) => {
      const found = diffTenants(fleet, one, other, { ...control, tables, keysOnly, limit });
      for await (const change of found) changes.push(change);
      return found.report;
    });
  });
  report(io, options, { ...result, changes }, textOf(result, changes));
  return result.isEqual ? EXIT.ok : EXIT.failed;
}

function textOf(result: DiffReport, changes: readonly RowChange[]): string {
  if (result.isEqual) return `All rows of ${counted(result.tables.length, 'table')} are equal.`;
  const different = result.tables.filter(({ added, removed, changed }) => added + removed + changed > 0);
  const only = (names: readonly string[], side: string) =>
    names.length === 0 ? [] : [`Only the ${side} tenant has: ${names.join(', ')}.`];
  const columns = (side: 'columnsOnlyBefore' | 'columnsOnlyAfter') =>
    result.tables.flatMap((one) => one[side].map((column) => `${one.name}.${column}`));
  return [
    ...changes.map(lineOf),
    table(
      ['TABLE', 'ADDED', 'REMOVED', 'CHANGED'],
      different.map(({ name, added, removed, changed }) => [name, ...[added, removed, changed].map(String)]),
    ),
    ...only([...result.tablesOnlyBefore, ...columns('columnsOnlyBefore')], 'first'),
    ...only([...result.tablesOnlyAfter, ...columns('columnsOnlyAfter')], 'second'),
  ].join('\n');
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function lineOf({ table: name, kind, key, before, after, columns }: RowChange): string {
  const content =
    kind === 'changed' && columns && before && after
      ? columns
          .map((column) => `${column}: ${JSON.stringify(before[column])} → ${JSON.stringify(after[column])}`)
          .join(', ')
      : JSON.stringify(after ?? before ?? {});
  const names = Object.entries(key).map(([column, value]) => `${column}=${value}`);
  const shown = before || after ? ` ${content}` : '';
  return `${SIGNS[kind]} ${[name, ...names].join(' ')}${shown}`.replaceAll('\n', '\\n');
}
