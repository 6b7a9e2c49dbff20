import { Command, Option } from 'commander';
import { doctor } from './doctor.command.js';
import { repairGrants } from './grants-repair.command.js';
import type { ExitCode, Io } from './io.js';

const DOCTOR_HELP = `
Exit status: 0 when nothing fails (with --strict: nothing warns either), 1 when something does, 2 when the
command was called wrongly or cannot connect. Every check is explained in docs/doctor.md.

Examples:
  # the demo, while it runs
  $ rowhouse doctor

  # an application behind PgBouncer, with the server's own address for the owner of the schemas
  $ rowhouse doctor --url postgres://app:…@pooler:6432/shop --direct-url postgres://owner:…@db:5432/shop

  # in CI
  $ DATABASE_URL=… DIRECT_DATABASE_URL=… rowhouse doctor --json --strict
`;

const REPAIR_HELP = `
Examples:
  $ rowhouse grants repair --all
  $ rowhouse grants repair --tenant acme --direct-url postgres://owner:…@db:5432/shop
`;

const listOf = (text: string) => text.split(',').map((name) => name.trim());

function withTarget(command: Command): Command {
  return command
    .option(
      '--url <url>',
      "the application's login, pooler included (default: DATABASE_URL, or a running demo)",
    )
    .option(
      '--direct-url <url>',
      'the owner of the schemas, past any pooler (default: DIRECT_DATABASE_URL, or --url)',
    )
    .option('--roles <prefix>', "the prefix of the deployment's roles (default: rowhouse)")
    .option('--no-roles', 'the deployment has roles off')
    .option('--home-schema <schema>', 'where tables of row tenants are (default: public)')
    .option(
      '--shared-schemas <schemas>',
      'schemas of reference tables, with commas (default: public)',
      listOf,
    );
}

/** The command line. @param done - is told what the command that ran exits with. */
export function makeProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('rowhouse')
    .description('Looks after the walls between the tenants of a PostgreSQL database.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .showHelpAfterError('Try --help.');

  withTarget(program.command('doctor'))
    .description('finds what would let one tenant reach another; changes nothing')
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
    .option('--quick', 'leaves out what grows with the number of tenants')
    .option('--strict', 'warnings count as failures')
    .option('--json', 'prints {"checks": [{"id", "status", "detail", "remedy"}]}')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (options) => done(await doctor(options, io)));

  const grants = program
    .command('grants')
    .description('privileges of tenants in their own and in shared schemas');
  withTarget(grants.command('repair'))
    .description('makes roles and grants as they should be; may be repeated')
    .option('--tenant <slug>', 'of this tenant')
    .option('--all', 'of the shared schemas and every tenant')
    .option('--json', 'prints {"repairs": [{"tenant", "error"?}]}')
    .addHelpText('after', REPAIR_HELP)
    .action(async (options) => done(await repairGrants(options, io)));
  return program;
}
