import type { Finding } from './finding.js';
import type { SyntaxNode } from './syntax-tree.js';

/**
 * Statements that the pool prepares on its connections, the pin among them. SQL may name whatever the protocol prepared
 * (manual, PREPARE): executing the pin would change it, with no word of that in the text.
 */
const OWN_PREFIX = 'rowhouse_';

export const LISTS_PREPARED: Finding = {
  rule: 'prepared-statements',
  detail: 'it lists the prepared statements of the connection, which other tenants use too',
};

/** PREPARE, EXECUTE and DEALLOCATE. */
export function findingOfPrepared({ name }: SyntaxNode): Finding | undefined {
  if (typeof name !== 'string' || !name.startsWith(OWN_PREFIX)) return undefined;
  return { rule: 'pinned-setting', detail: `it names Rowhouse's own prepared statement "${name}"` };
}

/** The view of the session's prepared statements (manual, 53.16). */
export function findingOfRelation({ relname }: SyntaxNode): Finding | undefined {
  return relname === 'pg_prepared_statements' ? LISTS_PREPARED : undefined;
}
