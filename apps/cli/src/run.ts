import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { makeProgram } from './program.js';
import { failureOf } from './shell/failure.js';
import { EXIT, type ExitCode, type Io, type Output } from './shell/io.js';
import { print, printJson } from './shell/print.js';

/**
 * Runs a command line.
 *
 * @param argv - the arguments, without the program name.
 * @returns the exit status: 0; 1 when something failed or a problem was found; 2 when the command could not start.
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const wantsJson = argv.includes('--json');
  return wantsJson
    ? withConsoleOn(io.stderr, () => execute(argv, io, wantsJson))
    : execute(argv, io, wantsJson);
}

async function execute(argv: readonly string[], io: Io, wantsJson: boolean): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  try {
    const program = await makeProgram(argv, io, (code) => {
      exitCode = code;
    });
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, io, wantsJson);
  }
}

function reportError(error: unknown, io: Io, wantsJson: boolean): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { code, message, exitCode } = failureOf(error);
  if (wantsJson) printJson(io.stdout, { error: { code, message } });
  // Commander has already printed the message.
  else if (!(error instanceof CommanderError)) print(io.stderr, `${message}\n`);
  if (io.env['ROWHOUSE_DEBUG']) print(io.stderr, `${inspect(error)}\n`);
  return exitCode;
}

/** Redirects `console` while `work` runs: output of migrations, seeds and scripts on stdout would make the JSON invalid. */
async function withConsoleOn<T>(output: Output, work: () => Promise<T>): Promise<T> {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output.write(String(chunk));
      done();
    },
  });
  const { log, info, debug } = console;
  const stderrConsole = new Console(stream);
  Object.assign(console, { log: stderrConsole.log, info: stderrConsole.info, debug: stderrConsole.debug });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, info, debug });
  }
}
