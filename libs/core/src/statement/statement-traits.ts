import { LRUCache } from 'lru-cache';
import { PIN_CHANGING_SQL } from './guard/pinned-settings.js';
import { bareStatement, splitStatements } from './split-statements.js';

/** What a connection has to know of a text before it sends it. */
export interface StatementTraits {
  /** The statements of the text, without comments between them. One for nearly all texts. */
  readonly statements: readonly string[];
  /** BEGIN, COMMIT, ROLLBACK, SAVEPOINT and the like, and SET TRANSACTION: sent without a pin, as they read no data. */
  readonly isTransactionControl: boolean;
  /** The statement may leave something on the connection after its transaction has ended. */
  readonly leavesSessionState: boolean;
  /** The server refuses it in a transaction, the implicit one of a batch included. */
  readonly nonTransactional: boolean;
  /** DO and CALL: they may commit half-way. */
  readonly isProcedural: boolean;
  /** The statement may change pinned settings itself. */
  readonly mayUnpin: boolean;
}

const TRANSACTION_CONTROL =
  /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction|set\s+transaction)\b/i;

const PROCEDURAL = /^(?:do|call)\b/i;

/** Manual, the notes of each command; CONCURRENTLY of an index, and commands on what lies beside the database. */
const NON_TRANSACTIONAL =
  /^(?:vacuum|(?:create|drop)\s+(?:database|tablespace|subscription)|alter\s+system|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently|reindex\b.*\bconcurrently|alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently)\b/is;

const SETS = /^(?:set|reset|discard|do|call)\b/i;

/** Statements that leave session state, by their first keyword. */
const SESSION_STATE =
  /^(?:set(?!\s+(?:local|transaction|constraints)\b)|listen|load|discard|deallocate|prepare(?!\s+transaction\b)|do|call)\b/i;
/** Session state that any statement may leave: session advisory locks, cursors that outlive their transaction. */
const SESSION_STATE_INSIDE = /\bpg_(?:try_)?advisory_lock(?:_shared)?\s*\(|\bwith\s+hold\b|\bsetseed\s*\(/i;
/** A name that is written with escapes may be any name. */
const ESCAPED_NAME = /\bu&"/i;
/** Temporary relations are session state unless they are dropped at the end of their transaction. */
const TEMPORARY =
  /\b(?:temp|temporary)\s+(?:table|view|sequence|recursive)\b|\binto\s+(?:(?:local|global)\s+)?(?:temp|temporary)\b|\bpg_temp\b/i;
const ON_COMMIT_DROP = /\bon\s+commit\s+drop\b/i;

/** An application sends few texts, many times. Very long texts are generated, so their descriptions are not kept. */
const described = new LRUCache<string, StatementTraits>({ max: 1_000 });
const MAX_KEPT_LENGTH = 8_192;

/** Describes a text. For a text that was described before, this is a look-up. */
export function describeStatement(text: string): StatementTraits {
  if (text.length > MAX_KEPT_LENGTH) return describe(text);
  let traits = described.get(text);
  if (!traits) {
    traits = describe(text);
    described.set(text, traits);
  }
  return traits;
}

function describe(text: string): StatementTraits {
  const statements = splitStatements(text);
  const bare = statements.map(bareStatement);
  const changesPin =
    PIN_CHANGING_SQL.test(text) || bare.some((statement) => PIN_CHANGING_SQL.test(statement));
  return {
    statements,
    isTransactionControl: bare.some((statement) => TRANSACTION_CONTROL.test(statement)),
    leavesSessionState: changesPin || ESCAPED_NAME.test(text) || bare.some(leavesSessionState),
    nonTransactional: bare.some((statement) => NON_TRANSACTIONAL.test(statement)),
    isProcedural: bare.some((statement) => PROCEDURAL.test(statement)),
    mayUnpin: changesPin || bare.some((statement) => SETS.test(statement)),
  };
}

function leavesSessionState(statement: string): boolean {
  if (SESSION_STATE.test(statement) || SESSION_STATE_INSIDE.test(statement)) return true;
  return TEMPORARY.test(statement) && !ON_COMMIT_DROP.test(statement);
}
