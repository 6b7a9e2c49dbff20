import type { ServerError } from './pg-internals.js';

/** What an error of PostgreSQL says beside its message. */
type Named = ServerError & {
  where?: string;
  detail?: string;
  table?: string | undefined;
  column?: string | undefined;
  constraint?: string | undefined;
};

/** The place of errors that come from a worker of Citus. */
const ON_WORKER = /while executing command on /;
/** The names of tables and constraints on workers end with the number of their shard. */
const QUOTED_SHARD = /"([^"]+?)_\d{6,}"/g;

/** Integrity constraint violations (manual, Appendix A). */
const VIOLATION = /^23/;

/**
 * Gives an error from a worker of Citus the names that tables and constraints have for the application, and, where a constraint is
 * violated, the fields with them, which Citus leaves out.
 */
export function withTableNames(error: Named): void {
  if (error.where === undefined || !ON_WORKER.test(error.where)) return;
  error.message = error.message.replace(QUOTED_SHARD, '"$1"');
  if (error.detail !== undefined) error.detail = error.detail.replace(QUOTED_SHARD, '"$1"');
  if (!VIOLATION.test(error.code ?? '')) return;
  error.table ??= named('(?:relation|table)', error.message);
  error.column ??= named('column', error.message);
  error.constraint ??= named('constraint', error.message);
}

/** The name in quotes after a word. */
function named(word: string, message: string): string | undefined {
  return new RegExp(`\\b${word} "([^"]+)"`).exec(message)?.[1];
}
