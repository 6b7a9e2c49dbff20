import { DatabaseUnreachableError, OptionsInvalidError, RowhouseError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { CommanderError } from 'commander';
import { EXIT, type ExitCode, UnusableError } from './io.js';

/** Why a command failed: a message for people, a code for programs, and the exit status for the shell. */
export interface Failure {
  readonly code: string;
  /** What happened and what to do about it. */
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** HTTP statuses of errors in the command line itself: a name or value in it is malformed or does not exist. */
const COMMAND_LINE_STATUSES: readonly number[] = [400, 404];

/** Error codes of Node and PostgreSQL for failed connections and logins (manual, appendix A, classes 08, 28 and 3D). */
const UNREACHABLE = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|08...|28...|3D000|57P03)$/;

/** PostgreSQL's error code for a missing table (manual, appendix A). */
const UNDEFINED_TABLE = '42P01';
const NO_CATALOG =
  'This database has no catalog yet. `rowhouse tenants create <slug>` creates the catalog and the first tenant.';

export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return unusable('USAGE', error.message.replace(/^error: /, ''));
  if (error instanceof UnusableError) return unusable(error.code, error.message);
  if (error instanceof DatabaseUnreachableError) return unusable(error.code, unreachable(error));
  if (error instanceof OptionsInvalidError) return unusable(error.code, error.message);
  if (error instanceof RowhouseError) {
    const exitCode = COMMAND_LINE_STATUSES.includes(error.status) ? EXIT.unusable : EXIT.failed;
    return { code: error.code, message: error.message, exitCode };
  }
  const { code: given } = Object(error) as { code?: unknown };
  const code = typeof given === 'string' ? given : undefined;
  const text = messageOf(error);
  if (code === UNDEFINED_TABLE && text.includes('"rowhouse.')) return unusable('CATALOG_MISSING', NO_CATALOG);
  if (code !== undefined && UNREACHABLE.test(code)) {
    return unusable(
      'DATABASE_UNREACHABLE',
      `The database cannot be reached: ${text}. Check --url and --direct-url.`,
    );
  }
  return { code: code ?? 'FAILED', message: text, exitCode: EXIT.failed };
}

function unusable(code: string, message: string): Failure {
  return { code, message, exitCode: EXIT.unusable };
}

function unreachable(error: DatabaseUnreachableError): string {
  const option = error.login === 'app' ? '--url (DATABASE_URL)' : '--direct-url (DIRECT_DATABASE_URL)';
  return `${error.message}. Check ${option}.`;
}
