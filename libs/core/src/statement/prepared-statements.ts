import type { Finding } from './guard/finding.js';
import { asNode, type SyntaxNode } from './syntax-tree.js';

/**
 * Statements that the pool prepares on its connections, the pin among them. SQL may name whatever the protocol prepared
 * (manual, PREPARE): executing the pin would change it, with no word of that in the text.
 */
const OWN_PREFIX = 'rowhouse_';

export const LISTS_PREPARED: Finding = {
  rule: 'prepared-statements',
  detail: 'it lists the prepared statements of the connection, which other tenants use too',
};

const SHOWS_PREPARED: Finding = {
  rule: 'prepared-statements',
  detail: 'it explains a prepared statement, which another tenant may have written',
};

/** PREPARE, EXECUTE and DEALLOCATE. */
export function findingOfPrepared({ name }: SyntaxNode): Finding | undefined {
  if (typeof name !== 'string' || !name.startsWith(OWN_PREFIX)) return undefined;
  return { rule: 'pinned-setting', detail: `it names Rowhouse's own prepared statement "${name}"` };
}

/** EXPLAIN of a prepared statement shows the constants in its text, whoever wrote that. */
export function findingOfExplain({ query }: SyntaxNode): Finding | undefined {
  return 'ExecuteStmt' in asNode(query) ? SHOWS_PREPARED : undefined;
}

/** The view of the session's prepared statements (manual, 53.16). */
export function findingOfRelation({ relname }: SyntaxNode): Finding | undefined {
  return relname === 'pg_prepared_statements' ? LISTS_PREPARED : undefined;
}
