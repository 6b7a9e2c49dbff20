import type { Finding } from './guard/finding.js';
import { isPinnedSetting, SETTINGS_VIEW } from './guard/pinned-settings.js';
import { findingOfExplain, findingOfPrepared } from './prepared-statements.js';
import { asNode, type SyntaxNode, visitNodes } from './syntax-tree.js';

/**
 * Kinds of statement that may pass as they are; what stands inside them is looked at like anything else. Truncating and
 * locking are left to privileges. Cursors, LISTEN and NOTIFY are session state, which is the
 * pool's concern.
 */
const PASSING: ReadonlySet<string> = new Set([
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
  'ListenStmt',
  'NotifyStmt',
  'TruncateStmt',
  'UnlistenStmt',
  'VariableShowStmt',
]);

type Judge = (statement: SyntaxNode) => Finding | undefined;

const always =
  (rule: Finding['rule'], detail: string): Judge =>
  () => ({ rule, detail });

/** Temporary relations are session state, as are prepared statements. */
const unlessTemporary =
  (kind: string, relationOf: (statement: SyntaxNode) => unknown): Judge =>
  (statement) =>
    isTemporary(relationOf(statement)) ? undefined : ddl(kind);

const JUDGED: ReadonlyMap<string, Judge> = new Map([
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
  ['CopyStmt', findingOfCopy],
  ['CreateStmt', unlessTemporary('CreateStmt', ({ relation }) => relation)],
  ['CreateSeqStmt', unlessTemporary('CreateSeqStmt', ({ sequence }) => sequence)],
  ['CreateTableAsStmt', unlessTemporary('CreateTableAsStmt', ({ into }) => asNode(into)['rel'])],
  ['ViewStmt', findingOfView],
]);

/**
 * What is wrong with a statement of this kind, wherever it stands.
 *
 * @param kind - the name of PostgreSQL's parse node, such as `SelectStmt`. Kinds nobody thought of do not pass.
 */
export function findingOfStatement(kind: string, statement: SyntaxNode): Finding | undefined {
  if (PASSING.has(kind)) return undefined;
  const judge = JUDGED.get(kind);
  return judge ? judge(statement) : ddl(kind);
}

/** SELECT … INTO, at the node that holds the clause. */
export function findingOfInto(clause: SyntaxNode): Finding | undefined {
  if (isTemporary(clause['rel'])) return undefined;
  return { rule: 'ddl', detail: 'SELECT … INTO makes a table' };
}

/** An update of the settings view sets the settings; no one has reason to write to it otherwise. */
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

/** SET and RESET in all their spellings, of which PostgreSQL makes one. SET TRANSACTION has a name of its own. */
function findingOfSet({ kind, name }: SyntaxNode): Finding | undefined {
  if (kind === 'VAR_RESET_ALL') return { rule: 'pinned-setting', detail: 'RESET ALL resets the pin' };
  if (typeof name === 'string' && !isPinnedSetting(name)) return undefined;
  return { rule: 'pinned-setting', detail: `SET or RESET of the setting "${name}"` };
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

/** A temporary view passes. One of the settings view would hand updates on to it, under a name that says nothing. */
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
