import { DatabaseUnreachableError, OptionsInvalidError, RowhouseError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { CommanderError } from 'commander';
import { EXIT, type ExitCode, UnusableError } from './io.js';

/** Why a command came to nothing: for a person, for a program, and for the shell. */
export interface Failure {
  readonly code: string;
  /** What happened and what to do about it. */
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** Statuses of errors that the command line can mend: what it names is malformed, or not there. */
const MISNAMED: readonly number[] = [400, 404];

/** How node and PostgreSQL say that nobody could be reached or logged in (manual, appendix A, classes 08, 28 and 3D). */
const UNREACHABLE = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|08...|28...|3D000|57P03)$/;

/** PostgreSQL's code for a table that is not there (manual, appendix A). */
const UNDEFINED_TABLE = '42P01';
const NO_CATALOG =
  'This database knows no tenants yet. `rowhouse tenants create <slug>` makes the first, and the catalog with it.';

export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return unusable('USAGE', error.message.replace(/^error: /, ''));
  if (error instanceof UnusableError) return unusable(error.code, error.message);
  if (error instanceof DatabaseUnreachableError) return unusable(error.code, unreachable(error));
  if (error instanceof OptionsInvalidError) return unusable(error.code, error.message);
  if (error instanceof RowhouseError) {
    const exitCode = MISNAMED.includes(error.status) ? EXIT.unusable : EXIT.failed;
    return { code: error.code, message: error.message, exitCode };
  }
  const { code } = Object(error) as { code?: string };
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
