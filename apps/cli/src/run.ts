import { DatabaseUnreachableError } from '@rowhouse/core';
import { CommanderError } from 'commander';
import { EXIT, type ExitCode, type Io, UnusableError } from './io.js';
import { makeProgram } from './program.js';

/**
 * Runs a command line.
 *
 * @param argv - the arguments, without the program.
 * @returns the exit status: 0, 1 when a check or a repair failed, 2 when nothing could be done.
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = makeProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // It has printed what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
    io.stderr.write(`${explain(error)}\n`);
    return EXIT.unusable;
  }
}

/** What is wrong with an option, as zod says it. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function explain(error: unknown): string {
  if (error instanceof UnusableError) return error.message;
  if (error instanceof DatabaseUnreachableError) {
    const option = error.login === 'app' ? '--url (DATABASE_URL)' : '--direct-url (DIRECT_DATABASE_URL)';
    return `${error.message}. Check ${option}.`;
  }
  const { message, code, issues } = error as { message?: string; code?: string; issues?: readonly Issue[] };
  if (issues) return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n');
  return `${message || code || String(error)}`;
}
