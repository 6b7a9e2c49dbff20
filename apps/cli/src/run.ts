import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { failureOf } from './failure.js';
import { EXIT, type ExitCode, type Io, type Output } from './io.js';
import { makeProgram } from './program.js';

/**
 * Runs a command line.
 *
 * @param argv - the arguments, without the program.
 * @returns the exit status: 0; 1 when something failed or was found; 2 when nothing could be done.
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const wantsJson = argv.includes('--json');
  return wantsJson
    ? withConsoleOn(io.stderr, () => execute(argv, io, wantsJson))
    : execute(argv, io, wantsJson);
}

async function execute(argv: readonly string[], io: Io, wantsJson: boolean): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = makeProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return tell(error, io, wantsJson);
  }
}

function tell(error: unknown, io: Io, wantsJson: boolean): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { code, message, exitCode } = failureOf(error);
  if (wantsJson) io.stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
  // Commander has printed its own.
  else if (!(error instanceof CommanderError)) io.stderr.write(`${message}\n`);
  if (io.env['ROWHOUSE_DEBUG']) io.stderr.write(`${inspect(error)}\n`);
  return exitCode;
}

/** The application's migrations, seeds and scripts may print: on stdout that would spoil the JSON. */
async function withConsoleOn<T>(output: Output, work: () => Promise<T>): Promise<T> {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output.write(String(chunk));
      done();
    },
  });
  const { log, info, debug } = console;
  const elsewhere = new Console(stream);
  Object.assign(console, { log: elsewhere.log, info: elsewhere.info, debug: elsewhere.debug });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, info, debug });
  }
}
