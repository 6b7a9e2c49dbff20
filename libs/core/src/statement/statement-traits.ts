import { judgeByLists } from './guard/functions/call-rules.js';
import type { FunctionCall } from './guard/functions/function-call.js';
import { isPinnedSetting, SETTINGS_VIEW } from './guard/pinned-settings.js';
import { asNode, type SyntaxNode } from './syntax-tree.js';
import { callMayWrite } from './writing-calls.js';

/** What a connection has to know of a statement before it sends it. */
export interface StatementTraits {
  /** BEGIN, COMMIT, ROLLBACK, SAVEPOINT and the like, and SET TRANSACTION: sent without a pin, as they read no data. */
  readonly isTransactionControl: boolean;
  readonly beginsSavepoint: boolean;
  /** ROLLBACK and ABORT, also to a savepoint. */
  readonly rollsBack: boolean;
  /** The statement may leave something on the connection after its transaction has ended. */
  readonly leavesSessionState: boolean;
  /** The server refuses it in a transaction, the implicit one of a batch included. */
  readonly nonTransactional: boolean;
  /** DO and CALL: they may commit half-way. */
  readonly isProcedural: boolean;
  /** The statement may change pinned settings itself. */
  readonly mayUnpin: boolean;
  /** COPY to or from the client: it needs a stream, and can be no part of a batch. */
  readonly copiesByClient: boolean;
  /** Rows may be others after it: it writes, or calls what may write. */
  readonly mayWrite: boolean;
}

export const NO_TRAITS: StatementTraits = {
  isTransactionControl: false,
  beginsSavepoint: false,
  rollsBack: false,
  leavesSessionState: false,
  nonTransactional: false,
  isProcedural: false,
  mayUnpin: false,
  copiesByClient: false,
  mayWrite: false,
};

/** Of a statement that cannot be read: it is pinned, trusted with nothing, and its connection is closed after it. */
export const UNKNOWN_TRAITS: StatementTraits = {
  ...NO_TRAITS,
  leavesSessionState: true,
  mayUnpin: true,
  mayWrite: true,
};

/** The traits of several statements together. */
export function unionOf(all: readonly StatementTraits[]): StatementTraits {
  const [first = NO_TRAITS] = all;
  if (all.length <= 1) return first;
  return {
    isTransactionControl: all.some((traits) => traits.isTransactionControl),
    beginsSavepoint: all.some((traits) => traits.beginsSavepoint),
    rollsBack: all.every((traits) => traits.rollsBack),
    leavesSessionState: all.some((traits) => traits.leavesSessionState),
    nonTransactional: all.some((traits) => traits.nonTransactional),
    isProcedural: all.some((traits) => traits.isProcedural),
    mayUnpin: all.some((traits) => traits.mayUnpin),
    copiesByClient: all.some((traits) => traits.copiesByClient),
    mayWrite: all.some((traits) => traits.mayWrite),
  };
}

/** CURSOR_OPT_HOLD of parsenodes.h. */
const WITH_HOLD = 0x20;

/** Kinds of statement that leave nothing on a connection by themselves; what stands in them is looked at as well. */
const STATELESS: ReadonlySet<string> = new Set(
  [
    ...[
      'Select',
      'Insert',
      'Update',
      'Delete',
      'Merge',
      'Return',
      'PLAssign',
      'Copy',
      'Explain',
      'Transaction',
    ],
    ...['ConstraintsSet', 'VariableShow', 'ClosePortal', 'Notify', 'Unlisten', 'Lock', 'Truncate'],
    ...[
      'Vacuum',
      'Cluster',
      'Reindex',
      'CheckPoint',
      'Comment',
      'SecLabel',
      'Grant',
      'GrantRole',
      'Rename',
      'Rule',
    ],
    ...[
      'Index',
      'View',
      'RefreshMatView',
      'Define',
      'CompositeType',
      'DropRole',
      'Drop',
      'DropOwned',
      'Dropdb',
    ],
    ...[
      'ReassignOwned',
      'ImportForeignSchema',
      'Createdb',
      'CreateTableAs',
      'Create',
      'CreateSchema',
      'CreateSeq',
    ],
    ...[
      'CreateEnum',
      'CreateRange',
      'CreateDomain',
      'CreateFunction',
      'CreateTrig',
      'CreateEventTrig',
      'CreateRole',
    ],
    ...[
      'CreatePolicy',
      'CreateStats',
      'CreateExtension',
      'CreateForeignServer',
      'CreateForeignTable',
      'CreateFdw',
    ],
    ...['CreateUserMapping', 'CreateAm', 'CreateCast', 'CreateConversion', 'CreateOpClass', 'CreateOpFamily'],
    ...['CreatePLang', 'CreatePublication', 'CreateSubscription', 'CreateTableSpace', 'CreateTransform'],
    ...['AlterTable', 'AlterDomain', 'AlterEnum', 'AlterFunction', 'AlterSeq', 'AlterPolicy', 'AlterStats'],
    ...[
      'AlterType',
      'AlterOwner',
      'AlterObjectSchema',
      'AlterObjectDepends',
      'AlterDefaultPrivileges',
      'AlterRole',
    ],
    ...['AlterRoleSet', 'AlterDatabase', 'AlterDatabaseRefreshColl', 'AlterDatabaseSet', 'AlterSystem'],
    ...['AlterExtension', 'AlterExtensionContents', 'AlterEventTrig', 'AlterFdw', 'AlterForeignServer'],
    ...['AlterUserMapping', 'AlterOpFamily', 'AlterOperator', 'AlterPublication', 'AlterSubscription'],
    ...[
      'AlterCollation',
      'AlterTSDictionary',
      'AlterTSConfiguration',
      'AlterTableSpaceOptions',
      'AlterTableMoveAll',
    ],
    ...['DropSubscription', 'DropTableSpace', 'DropUserMapping'],
  ].map((kind) => `${kind}Stmt`),
);

/** Kinds that the server refuses in a transaction, whatever stands in them. Manual, the notes of each command. */
const NON_TRANSACTIONAL: ReadonlySet<string> = new Set([
  'VacuumStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'CreateSubscriptionStmt',
  'AlterSubscriptionStmt',
  'DropSubscriptionStmt',
  'AlterSystemStmt',
]);

const ROLLBACKS: ReadonlySet<unknown> = new Set(['TRANS_STMT_ROLLBACK', 'TRANS_STMT_ROLLBACK_TO']);

const SESSION_STATE: ReadonlySet<string> = new Set(['ListenStmt', 'PrepareStmt', 'LoadStmt']);

/** Kinds of statement that write nothing by themselves; what stands in them is looked at as well. */
const READS: ReadonlySet<string> = new Set(
  [
    ...[
      'Select',
      'Return',
      'Explain',
      'DeclareCursor',
      'Fetch',
      'ClosePortal',
      'Transaction',
      'ConstraintsSet',
    ],
    ...['VariableShow', 'VariableSet', 'Listen', 'Unlisten', 'Lock', 'Deallocate', 'Discard', 'CheckPoint'],
  ].map((kind) => `${kind}Stmt`),
);

/**
 * Functions that leave something on the connection, and whose review has another reason: advisory locks of the session
 * (manual, 9.28.10), and the limit of pg_trgm.
 */
const LEAVES_STATE = /^(?:pg_(?:try_)?advisory_lock(?:_shared)?|set_limit)$/;

/** Gathers the traits of one statement from its nodes. */
export class TraitsReader {
  readonly #kind: string;
  #isTransactionControl = false;
  #beginsSavepoint = false;
  #rollsBack = false;
  #leavesSessionState = false;
  #nonTransactional: boolean;
  #mayUnpin = false;
  readonly #copiesByClient: boolean;
  #mayWrite = false;

  /** @param kind - of the statement as a whole. */
  constructor(kind: string, statement: SyntaxNode) {
    this.#kind = kind;
    this.#nonTransactional = NON_TRANSACTIONAL.has(kind) || isOfWholeDatabase(kind, statement);
    this.#copiesByClient = kind === 'CopyStmt' && !('filename' in statement);
    this.readStatement(kind, statement);
  }

  get traits(): StatementTraits {
    return {
      isTransactionControl: this.#isTransactionControl,
      beginsSavepoint: this.#beginsSavepoint,
      rollsBack: this.#rollsBack,
      leavesSessionState: this.#leavesSessionState,
      nonTransactional: this.#nonTransactional,
      isProcedural: this.#kind === 'DoStmt' || this.#kind === 'CallStmt',
      mayUnpin: this.#mayUnpin,
      copiesByClient: this.#copiesByClient,
      mayWrite: this.#mayWrite,
    };
  }

  /** The statement itself, or one inside of it: of EXPLAIN, PREPARE, a common table expression … */
  readStatement(kind: string, statement: SyntaxNode): void {
    const isCopyTo = kind === 'CopyStmt' && statement['is_from'] !== true;
    if (!READS.has(kind) && !isCopyTo) this.#mayWrite = true;
    if (kind === 'TransactionStmt') {
      this.#isTransactionControl = true;
      this.#beginsSavepoint = statement['kind'] === 'TRANS_STMT_SAVEPOINT';
      this.#rollsBack = ROLLBACKS.has(statement['kind']);
    } else if (kind === 'VariableSetStmt') this.#readSet(statement);
    else if (kind === 'DeclareCursorStmt') {
      if ((Number(statement['options'] ?? 0) & WITH_HOLD) !== 0) this.#leavesSessionState = true;
    } else if (kind === 'FetchStmt') {
      // What a cursor was declared for runs when it is fetched from.
      this.#mayUnpin = true;
    } else if (SESSION_STATE.has(kind)) this.#leavesSessionState = true;
    else if (!STATELESS.has(kind)) {
      // DISCARD, DEALLOCATE, EXECUTE, DO, CALL, and what a later grammar brings.
      this.#leavesSessionState = true;
      this.#mayUnpin = true;
    }
  }

  /** Any node of the statement. */
  readNode(node: SyntaxNode, calls: readonly FunctionCall[]): void {
    for (const call of calls) this.#readCall(call, node);
    if (node['relname'] === SETTINGS_VIEW) this.#changesSettings();
    if ('intoClause' in node || ('funcname' in node && calls.some(callMayWrite))) this.#mayWrite = true;
    if (makesTemporaryRelation(node)) this.#leavesSessionState = true;
    if (isConcurrent(this.#kind, node)) this.#nonTransactional = true;
  }

  /** A schema that the statement names. */
  readSchema(schema: string): void {
    if (isTemporarySchema(schema)) this.#leavesSessionState = true;
  }

  /**
   * SET and RESET in all their spellings. A SET that is local to a transaction ends with it, but what statements after it in
   * the same text create in the temporary schema stays.
   */
  #readSet({ kind, name, is_local: isLocal, args }: SyntaxNode): void {
    if (kind === 'VAR_SET_MULTI' && (name === 'TRANSACTION' || name === 'TRANSACTION SNAPSHOT')) {
      this.#isTransactionControl = true;
      return;
    }
    this.#mayUnpin = true;
    if (isLocal !== true || namesTemporarySchema(args)) this.#leavesSessionState = true;
  }

  #readCall(call: FunctionCall, node: SyntaxNode): void {
    const { name, firstArgument: setting } = call;
    const rule = judgeByLists(call).finding?.rule;
    // A text that runs may leave anything.
    if (rule === 'runs-text') this.#changesSettings();
    if (rule === 'session-state' || LEAVES_STATE.test(name)) this.#leavesSessionState = true;
    if (name !== 'set_config') return;
    if (setting === undefined || isPinnedSetting(setting)) this.#changesSettings();
    else if (!isTrue(Array.isArray(node['args']) ? node['args'][2] : undefined))
      this.#leavesSessionState = true;
  }

  #changesSettings(): void {
    this.#mayUnpin = true;
    this.#leavesSessionState = true;
  }
}

/** It says CONCURRENTLY, so that the server refuses it in a transaction. */
export function isConcurrent(kind: string, node: SyntaxNode): boolean {
  if (kind === 'RefreshMatViewStmt') return false;
  return node['concurrent'] === true || node['defname'] === 'concurrently';
}

function isTrue(argument: unknown): boolean {
  return asNode(asNode(asNode(argument)['A_Const'])['boolval'])['boolval'] === true;
}

/** `pg_temp`, or the name of a session's own, as `pg_temp_3`. */
function isTemporarySchema(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith('pg_temp');
}

function namesTemporarySchema(values: unknown): boolean {
  if (!Array.isArray(values)) return false;
  return values.some((value) => isTemporarySchema(asNode(asNode(asNode(value)['A_Const'])['sval'])['sval']));
}

/** Temporary relations are session state unless they are dropped at the end of their transaction. */
function makesTemporaryRelation(node: SyntaxNode): boolean {
  if (node['oncommit'] === 'ONCOMMIT_DROP' || node['onCommit'] === 'ONCOMMIT_DROP') return false;
  return RELATIONS.some((field) => asNode(node[field])['relpersistence'] === 't');
}

const RELATIONS = ['relation', 'rel', 'view', 'sequence'];

/** Commands on a whole database, which take transactions of their own. */
function isOfWholeDatabase(kind: string, statement: SyntaxNode): boolean {
  if (kind === 'ClusterStmt') return !('relation' in statement);
  if (kind === 'ReindexStmt') return !('relation' in statement);
  const options = kind === 'AlterDatabaseStmt' ? statement['options'] : undefined;
  return (
    Array.isArray(options) &&
    options.some((option) => asNode(asNode(option)['DefElem'])['defname'] === 'tablespace')
  );
}
