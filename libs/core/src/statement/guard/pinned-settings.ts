/** What the pin sets, or what would lift it: PostgreSQL manual, chapter 19 and SET ROLE, SET SESSION AUTHORIZATION. */
const PINNED = new Set([
  'search_path',
  'role',
  'session_authorization',
  'row_security',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
]);

/**
 * Settings that decide where strings end. The guard reads with the defaults; a server that reads otherwise would see
 * other statements than the guard did (manual, 19.13.1 and 23.3).
 */
const READING = new Set(['standard_conforming_strings', 'backslash_quote', 'client_encoding']);

const OWN_PREFIX = 'rowhouse.';

/** Setting names are compared without regard to case (manual, 19.1.1). */
export function isPinnedSetting(name: string): boolean {
  const folded = name.toLowerCase();
  return PINNED.has(folded) || READING.has(folded) || folded.startsWith(OWN_PREFIX);
}

/** The view that sets settings when it is updated (manual, 53.25). */
export const SETTINGS_VIEW = 'pg_settings';
