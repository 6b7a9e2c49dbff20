import { counted } from '@rowhouse/core/internal';
import { type Command, InvalidArgumentError } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report, table } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { withTransferProgress } from '../transfer/transfer-progress.js';

interface RowName {
  readonly table: string;
  readonly key: readonly string[];
}

interface TakeBackCommandOptions extends TargetOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly from: string;
  readonly table?: readonly string[];
  readonly row?: readonly RowName[];
}

const HELP = `
Inserts rows that are missing, updates those that differ, and deletes those that the other tenant does not have, in one
transaction. rowhouse diff shows them before. Exit status: 0; 1 when it was refused, failed or was interrupted, and then
nothing was changed; 2 when neither tenant has a row that was named, or the command could not start.

Examples:
  $ rowhouse diff acme acme-at-20261127-143000
  $ rowhouse take-back acme --from acme-at-20261127-143000
  $ rowhouse take-back acme --from acme-at-20261127-143000 --table orders --table order_lines
  $ rowhouse take-back acme --from acme-at-20261127-143000 --row orders:7 --row order_lines:7,2
  $ rowhouse undo acme --yes
`;

export function addTakeBack(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('take-back'))
    .description('makes the rows of a tenant as those of another are, such as itself as it was')
    .argument('<tenant>', 'slug or id')
    .requiredOption('--from <tenant>', 'slug or id of the tenant whose rows are taken; it is not changed')
    .option('--table <name>', 'takes back this table only; may be repeated', collect)
    .option('--row <table:key>', 'takes back this row only; may be repeated', collectRows)
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await takeBackOne(tenant, options, io)));
}

async function takeBackOne(slugOrId: string, options: TakeBackCommandOptions, io: Io): Promise<ExitCode> {
  const { from, table: tables, row: rows } = options;
  const result = await withFleet(options, io, { app: false }, async (fleet) => {
    const { takeBack } = await import('@rowhouse/transfer');
    const [tenant, other] = [await fleet.tenants.find(slugOrId), await fleet.tenants.find(from)];
    await confirm(`Make rows of ${tenant.slug} as they are in ${other.slug}?`, options, io);
    return withTransferProgress(io, (control) =>
      takeBack(fleet, tenant, { from: other, tables, rows }, { ...control, by: commandActor() }),
    );
  });
  const text =
    result.rows === 0
      ? 'Nothing differs, and nothing was changed.'
      : `${table(
          ['TABLE', 'INSERTED', 'UPDATED', 'DELETED'],
          result.tables.map(({ name, inserted, updated, deleted }) => [
            name,
            ...[inserted, updated, deleted].map(String),
          ]),
        )}\n${counted(result.rows, 'row')} changed. rowhouse undo ${slugOrId} makes them as they were.`;
  report(io, options, result, text);
  return EXIT.ok;
}

function collect(name: string, names: readonly string[] = []): readonly string[] {
  return [...names, name];
}

function collectRows(text: string, rows: readonly RowName[] = []): readonly RowName[] {
  const [, table, key] = /^([^:]+):(.+)$/s.exec(text) ?? [];
  if (table === undefined || key === undefined)
    throw new InvalidArgumentError('Expected a table and a key: orders:7, order_lines:7,2.');
  return [...rows, { table, key: key.split(',') }];
}
