import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { print, printJson } from '../../shell/print.js';
import { examineTarget } from '../../target/examine-target.js';
import { resolveTarget, type TargetOptions } from '../../target/target.js';
import { paintFor, reportText } from './doctor-report.js';

interface DoctorOptions extends TargetOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly quick?: boolean;
}

const HELP = `
Exit status: 0 when no check fails (with --strict: and none warns); 1 when one does; 2 when the command line is
wrong or the database cannot be reached. docs/doctor.md explains every check. The JSON is
{"checks": [{"id", "status", "detail", "remedy"}]}.

Examples:
  # the demo, while it runs
  $ rowhouse doctor

  # an application behind PgBouncer; the owner of the schemas connects to the server directly
  $ rowhouse doctor --url postgres://app:…@pooler:6432/shop --direct-url postgres://owner:…@db:5432/shop

  # in CI
  $ DATABASE_URL=… DIRECT_DATABASE_URL=… rowhouse doctor --json --strict
`;

export function addDoctor(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('doctor'))
    .description('finds settings that would let one tenant reach the data of another; changes nothing')
    .addOption(
      new Option('--pin <mode>', "the pool's pin mode (default: statement)").choices([
        'statement',
        'session',
      ]),
    )
    .addOption(
      new Option('--guard <mode>', "the pool's guard mode (default: enforce)").choices([
        'enforce',
        'warn',
        'off',
      ]),
    )
    .option('--quick', 'skips checks that take longer with more tenants')
    .option('--strict', 'warnings count as failures')
    .addHelpText('after', HELP)
    .action(async (options) => done(await doctor(options, io)));
}

/** Examines a deployment and prints the report. */
async function doctor(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const target = await resolveTarget(options, io);
  if (!options.json) print(io.stdout, `Examining the database of ${target.source}.\n\n`);
  const report = await examineTarget(target, { quick: options.quick });
  if (options.json) printJson(io.stdout, report);
  // The colours are ours; the rest was escaped beneath them.
  else io.stdout.write(reportText(report, paintFor(io.stdout, io.env)));
  const hasFailed = report.checks.some(
    ({ status }) => status === 'fail' || (options.strict === true && status === 'warn'),
  );
  return hasFailed ? EXIT.failed : EXIT.ok;
}
