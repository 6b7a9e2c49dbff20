import { counted } from '@rowhouse/core/internal';
import type { AdoptionReport } from '@rowhouse/migrations/fleet';
import { type Command, Option } from 'commander';
import { withTarget } from '../options/target-options.js';
import { durationMs, list } from '../options/values.js';
import { commandActor } from '../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../shell/io.js';
import { onOneLine } from '../shell/print.js';
import { report, table } from '../shell/report.js';
import { withFleet } from '../target/deployment.js';
import type { TargetOptions } from '../target/target.js';

interface AdoptOptions extends TargetOptions {
  readonly json?: boolean;
  readonly name?: string;
  readonly plan?: string;
  readonly isolation?: 'schema' | 'row';
  readonly from?: readonly string[];
  readonly keep?: readonly string[];
  readonly accept?: readonly string[];
  readonly history?: boolean;
  /** Milliseconds. */
  readonly lockTimeout?: number;
  readonly dryRun?: boolean;
  readonly undo?: boolean;
}

const HELP = `
Everything happens in one transaction: either all tables become the tenant's, or nothing changes. Rows are counted before
and after. Exit status: 0; 1 when it was refused or failed, and nothing was changed; 2 when the command could not start.

Examples:
  $ rowhouse adopt acme --keep countries,currencies --dry-run
  $ rowhouse adopt acme --keep countries,currencies
  $ rowhouse adopt acme --from sales --from person
  $ rowhouse adopt acme --isolation row
  $ rowhouse adopt acme --undo
`;

export function addAdopt(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('adopt'))
    .description('turns the database of a single-tenant application into the first tenant')
    .argument('<slug>', 'the slug of the tenant')
    .option('--name <name>', 'the name to display (default: the slug)')
    .option('--plan <plan>', 'the plan (default: free)')
    .addOption(new Option('--isolation <kind>', 'default: schema').choices(['schema', 'row']))
    .option(
      '--from <schemas>',
      'the schemas of the tables, which become one home (default: public)',
      appended,
    )
    .option(
      '--keep <tables>',
      'tables that stay where they are, for all tenants to share; separate with commas',
      list,
    )
    .option(
      '--accept <object>',
      'an object that leads past the walls or will fail, and that you have looked at; may be repeated',
      (name: string, all: string[] = []) => [...all, name],
    )
    .option('--history', "where no migration is recorded: records all of the application's as run")
    .option('--lock-timeout <duration>', 'how long to wait for a lock (default: 10s)', durationMs)
    .option('--dry-run', 'does everything, shows the statements, and rolls back')
    .option('--undo', 'undoes an adoption')
    .addHelpText('after', HELP)
    .action(async (slug, options) => done(await adopt(slug, options, io)));
}

async function adopt(slug: string, options: AdoptOptions, io: Io): Promise<ExitCode> {
  const {
    name,
    plan,
    isolation,
    from,
    keep,
    accept,
    history,
    lockTimeout: lockTimeoutMs,
    dryRun = false,
  } = options;
  const undoing = { dryRun, ...(lockTimeoutMs !== undefined && { lockTimeoutMs }) };
  const adoption = {
    ...undoing,
    tenant: { slug, name, plan, isolation },
    ...(from !== undefined && { from: [...from] }),
    ...(keep !== undefined && { keep: [...keep] }),
    ...(accept !== undefined && { accept: [...accept] }),
    ...(history !== undefined && { history }),
  };
  const control = { signal: io.signal, by: commandActor() };
  const result = await withFleet(options, io, { app: false }, (fleet) =>
    options.undo ? fleet.undoAdoption(slug, undoing, control) : fleet.adopt(adoption, control),
  );
  report(io, options, result, textOf(result, options.undo === true));
  return EXIT.ok;
}

function textOf(
  { tenant, moved, rows, statements, warnings, dryRun }: AdoptionReport,
  isUndo: boolean,
): string {
  const what = isUndo ? `The adoption of ${tenant.slug} was undone` : `Tenant ${tenant.slug} was adopted`;
  const counts = rows.map(({ table: name, before, after }) => [name, String(before), String(after)]);
  return [
    ...(dryRun ? [...statements.map((statement) => `${statement};`), ''] : []),
    ...(counts.length > 0 ? [table(['TABLE', 'ROWS BEFORE', 'AFTER'], counts), ''] : []),
    ...warnings.map((warning) => `! ${onOneLine(warning)}`),
    `${what}: ${whatOf(tenant, moved.length, rows.length)}.${dryRun ? ' This was a dry run: nothing was changed.' : ''}`,
  ].join('\n');
}

/** With isolation `row` nothing moves: the tables are what was changed. */
function whatOf({ isolation }: AdoptionReport['tenant'], objects: number, tables: number): string {
  return isolation === 'row' ? counted(tables, 'table') : counted(objects, 'object');
}

/** `--from a --from b,c`. */
const appended = (text: string, all: readonly string[] = []): string[] => [...all, ...list(text)];
