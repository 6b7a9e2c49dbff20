import { asNode, type SyntaxNode, visitNodes } from '../syntax-tree.js';
import type { Finding } from './finding.js';
import { findingOfChannel } from './functions/channels.js';
import { isPinnedSetting, SETTINGS_VIEW } from './pinned-settings.js';

/**
 * Kinds of statement that are allowed as such; what they contain is checked like anything else. Whether a tenant may
 * truncate is decided by its privileges. Cursors may leave session state, which the pool takes care of.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CallStmt',
  'ClosePortalStmt',
  'ConstraintsSetStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'TruncateStmt',
  'VariableShowStmt',
]);

type Rule = (statement: SyntaxNode) => Finding | undefined;

const always =
  (rule: Finding['rule'], detail: string): Rule =>
  () => ({ rule, detail });

/** Temporary relations are session state, which the pool takes care of. */
const unlessTemporary =
  (kind: string, relationOf: (statement: SyntaxNode) => unknown): Rule =>
  (statement) =>
    isTemporary(relationOf(statement)) ? undefined : ddl(kind);

const RULES: ReadonlyMap<string, Rule> = new Map([
  ['VariableSetStmt', findingOfSet],
  ['DiscardStmt', findingOfDiscard],
  ['AlterRoleSetStmt', always('pinned-setting', 'ALTER ROLE … SET changes what later sessions begin with')],
  [
    'AlterDatabaseSetStmt',
    always('pinned-setting', 'ALTER DATABASE … SET changes what later sessions begin with'),
  ],
  ['AlterSystemStmt', always('pinned-setting', 'ALTER SYSTEM changes the settings of the server')],
  ['TransactionStmt', findingOfTransaction],
  ['LockStmt', always('table-lock', 'LOCK holds up the other tenants of the table')],
  ['ExplainStmt', findingOfExplain],
  ['PrepareStmt', findingOfPrepared],
  ['ExecuteStmt', findingOfPrepared],
  ['DeallocateStmt', findingOfPrepared],
  ['DoStmt', always('code-block', 'DO runs code that is handed to it as a string')],
  ['ListenStmt', findingOfChannelStatement],
  ['NotifyStmt', findingOfChannelStatement],
  ['UnlistenStmt', findingOfChannelStatement],
  ['CopyStmt', findingOfCopy],
  ['CreateStmt', unlessTemporary('CreateStmt', ({ relation }) => relation)],
  ['CreateSeqStmt', unlessTemporary('CreateSeqStmt', ({ sequence }) => sequence)],
  ['CreateTableAsStmt', unlessTemporary('CreateTableAsStmt', ({ into }) => asNode(into)['rel'])],
  ['ViewStmt', findingOfView],
]);

/**
 * The rule that a statement of this kind breaks, wherever it stands in the text.
 *
 * @param kind - the name of PostgreSQL's parse node, for example `SelectStmt`. Unknown kinds are refused.
 */
export function findingOfStatement(kind: string, statement: SyntaxNode): Finding | undefined {
  if (ALLOWED.has(kind)) return undefined;
  const rule = RULES.get(kind);
  return rule ? rule(statement) : ddl(kind);
}

/** SELECT … INTO. @param clause - as its node holds it. */
export function findingOfInto(clause: SyntaxNode): Finding | undefined {
  if (isTemporary(clause['rel'])) return undefined;
  return { rule: 'ddl', detail: 'SELECT … INTO makes a table' };
}

/** An update of the settings view changes the settings; other writes to it are refused as well. */
export function findingOfWrite(kind: string, { relation }: SyntaxNode): Finding | undefined {
  const writes =
    kind === 'UpdateStmt' || kind === 'InsertStmt' || kind === 'DeleteStmt' || kind === 'MergeStmt';
  if (!writes || !isSettingsView(asNode(relation))) return undefined;
  return { rule: 'pinned-setting', detail: `it writes to ${SETTINGS_VIEW}, which changes settings` };
}

function ddl(kind: string): Finding {
  return { rule: 'ddl', detail: `it defines, alters, grants or maintains (${kind})` };
}

function isTemporary(relation: unknown): boolean {
  const { relpersistence, schemaname } = asNode(relation);
  return relpersistence === 't' || schemaname === 'pg_temp';
}

function isSettingsView({ relname }: SyntaxNode): boolean {
  return relname === SETTINGS_VIEW;
}

/** SET and RESET in all their spellings, which the parser reduces to one. SET TRANSACTION has a name of its own. */
function findingOfSet({ kind, name }: SyntaxNode): Finding | undefined {
  if (kind === 'VAR_RESET_ALL') return { rule: 'pinned-setting', detail: 'RESET ALL resets the pin' };
  if (typeof name === 'string' && !isPinnedSetting(name)) return undefined;
  return { rule: 'pinned-setting', detail: `SET or RESET of the setting "${name}"` };
}

/** LISTEN, NOTIFY and UNLISTEN. */
function findingOfChannelStatement({ conditionname }: SyntaxNode): Finding | undefined {
  return findingOfChannel(typeof conditionname === 'string' ? conditionname : undefined);
}

/** PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED. */
function findingOfTransaction({ kind }: SyntaxNode): Finding | undefined {
  if (typeof kind !== 'string' || !/_PREPARED?$/.test(kind)) return undefined;
  return { rule: 'two-phase', detail: 'it takes part in a two-phase commit' };
}

function findingOfDiscard({ target }: SyntaxNode): Finding | undefined {
  if (target === 'DISCARD_PLANS' || target === 'DISCARD_SEQUENCES' || target === 'DISCARD_TEMP')
    return undefined;
  return { rule: 'pinned-setting', detail: 'DISCARD ALL resets the pin' };
}

function findingOfCopy({ filename, is_program: isProgram }: SyntaxNode): Finding | undefined {
  if (filename === undefined && isProgram !== true) return undefined;
  return { rule: 'copy-file', detail: 'COPY from or to a file of the server or a program' };
}

/** A temporary view is allowed, unless it is one of the settings view: an update of it would change the settings. */
function findingOfView({ view, query }: SyntaxNode): Finding | undefined {
  let isOfSettings = false;
  visitNodes(query, (node) => {
    isOfSettings ||= isSettingsView(node);
  });
  if (!isOfSettings) return isTemporary(view) ? undefined : ddl('ViewStmt');
  return {
    rule: 'pinned-setting',
    detail: `a view of ${SETTINGS_VIEW} can be updated, which changes settings`,
  };
}

/**
 * Statements that the pool prepares on its connections, the pin among them. SQL may execute whatever the protocol has
 * prepared (manual, PREPARE): executing the pin would change it, although the text names no setting.
 */
const OWN_PREFIX = 'rowhouse_';

/** PREPARE, EXECUTE and DEALLOCATE. */
function findingOfPrepared({ name }: SyntaxNode): Finding | undefined {
  if (typeof name !== 'string' || !name.startsWith(OWN_PREFIX)) return undefined;
  return { rule: 'pinned-setting', detail: `it names Rowhouse's own prepared statement "${name}"` };
}

/** EXPLAIN of a prepared statement shows the constants in its text, which another tenant may have written. */
function findingOfExplain({ query }: SyntaxNode): Finding | undefined {
  let executes = false;
  visitNodes(query, (node) => {
    executes ||= 'ExecuteStmt' in node;
  });
  if (!executes) return undefined;
  return {
    rule: 'prepared-statements',
    detail: 'it explains a prepared statement, which another tenant may have written',
  };
}

const LISTS_PREPARED: Finding = {
  rule: 'prepared-statements',
  detail: 'it lists the prepared statements of the connection, which other tenants use too',
};

/** The view of the session's prepared statements (manual, 53.16). */
export function findingOfRelation({ relname }: SyntaxNode): Finding | undefined {
  return relname === 'pg_prepared_statements' ? LISTS_PREPARED : undefined;
}
