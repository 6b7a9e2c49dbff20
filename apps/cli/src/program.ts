import { Command } from 'commander';
import { addAdopt } from './commands/adopt.command.js';
import { addDoctor } from './commands/doctor/doctor.command.js';
import { addDrift } from './commands/drift.command.js';
import { addGrants } from './commands/grants.command.js';
import { addInit } from './commands/init/init.command.js';
import { addMigration } from './commands/migration/migration.command.js';
import { addRun } from './commands/run.command.js';
import { addTenants } from './commands/tenants/tenants.command.js';
import type { ExitCode, Io } from './shell/io.js';

const HELP = `
Exit status: 0 for success; 1 when something failed or a problem was found; 2 when the command could not start, because
the command line or the config is wrong, or the database cannot be reached.

Examples:
  $ rowhouse init
  $ rowhouse tenants create acme --plan pro
  $ rowhouse migration run --canary 5% --wave 25%
  $ rowhouse drift --json
`;

/** Builds the command line. @param done - called with the exit status of the command that ran. */
export function makeProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('rowhouse')
    .description(
      'Manages the tenants of a PostgreSQL database: their lifecycle, their schemas, their isolation.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .showHelpAfterError('Try --help.')
    .addHelpText('after', HELP);
  for (const add of [addInit, addTenants, addMigration, addDrift, addAdopt, addRun, addDoctor, addGrants]) {
    add(program, io, done);
  }
  return program;
}
