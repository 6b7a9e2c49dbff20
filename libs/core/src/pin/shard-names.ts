import type { ServerError } from './pg-internals.js';

/** What an error of PostgreSQL says beside its message. */
type Named = ServerError & { where?: string; detail?: string; table?: string; constraint?: string };

/** The place of errors that come from a worker of Citus. */
const ON_WORKER = /while executing command on /;
/** The names of tables and constraints on workers end with the number of their shard. */
const SHARD = /_\d{6,}$/;
const QUOTED_SHARD = /"([^"]+?)_\d{6,}"/g;

/** Gives an error from a worker of Citus the names that the tables and constraints have for the application. */
export function withTableNames(error: Named): void {
  if (error.where === undefined || !ON_WORKER.test(error.where)) return;
  error.message = error.message.replace(QUOTED_SHARD, '"$1"');
  if (error.detail !== undefined) error.detail = error.detail.replace(QUOTED_SHARD, '"$1"');
  if (error.table !== undefined) error.table = error.table.replace(SHARD, '');
  if (error.constraint !== undefined) error.constraint = error.constraint.replace(SHARD, '');
}
