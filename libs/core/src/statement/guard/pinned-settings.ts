/**
 * The settings of a pin, and those that would lift it: PostgreSQL manual, chapter 19 and SET ROLE, SET SESSION
 * AUTHORIZATION.
 */
const PINNED = new Set([
  'search_path',
  'role',
  'session_authorization',
  'row_security',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
]);

/** Settings by which the server ends a connection, even where they are local to a transaction (manual, 19.3, 19.11 and 19.13). */
const ENDS_CONNECTION = new Set([
  'transaction_timeout',
  'idle_session_timeout',
  'exit_on_error',
  'client_connection_check_interval',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  'tcp_user_timeout',
]);

/**
 * Settings that decide where strings end. The guard reads texts with the defaults; a server with other values would read
 * other statements than the guard (manual, 19.13.1 and 23.3).
 */
const READING: ReadonlyMap<string, RegExp> = new Map([
  ['standard_conforming_strings', /^(?:on|true|yes|1)$/i],
  ['backslash_quote', /^safe_encoding$/i],
  ['client_encoding', /^(?:utf-?8|unicode)$/i],
]);

const OWN_PREFIX = 'rowhouse.';

/** Whether a tenant may not set it. Setting names are compared without regard to case (manual, 19.1.1). */
export function isPinnedSetting(name: string): boolean {
  const folded = name.toLowerCase();
  return (
    PINNED.has(folded) || ENDS_CONNECTION.has(folded) || READING.has(folded) || folded.startsWith(OWN_PREFIX)
  );
}

/** Whether it is a setting that decides where strings end, and gets the value with which texts are read anyway. */
export function isReadAnyway(name: string, value: string): boolean {
  return READING.get(name.toLowerCase())?.test(value) ?? false;
}

/** The view that sets settings when it is updated (manual, 53.25). */
export const SETTINGS_VIEW = 'pg_settings';

/** A text that may change pinned settings although its command tag does not show it. */
export const PIN_CHANGING_SQL = /\bset_config\b|\bsearch_path\b|\bpg_settings\b/i;
