/** The reason for which a statement is refused. A rule never changes its meaning; new ones may come. */
export type GuardRule =
  /** It changes a setting of the pin, or one that decides how the server reads the next text. */
  | 'pinned-setting'
  /** A function that takes SQL as a string, which the guard has not read. */
  | 'runs-text'
  /** A function that reads or writes files of the server. */
  | 'server-file'
  /** A function that reaches other sessions, the server, its log, replication, or what is stored below rows. */
  | 'server-function'
  /** A function that leaves something on the connection, which the next tenant would find. */
  | 'session-state'
  /** An advisory lock: the space of keys and the lock table belong to all tenants. */
  | 'advisory-lock'
  /** A channel of Rowhouse's own, or one that is not known before the statement runs. */
  | 'own-channel'
  /** A function of PostgreSQL or of an extension that nobody has reviewed. */
  | 'unreviewed-function'
  /** DO: code in a string. */
  | 'code-block'
  /** COPY from or to a file of the server, or a program. */
  | 'copy-file'
  /** It defines, alters, grants or maintains, or is of a kind the guard does not know. */
  | 'ddl'
  | 'unparsable'
  /** It names a schema that is not the tenant's. */
  | 'foreign-schema'
  /** A row tenant's use of large objects: all row tenants act in one role, which owns the objects of each. */
  | 'large-object'
  /** It shows statements that other tenants prepared on the connection, with the constants in them. */
  | 'prepared-statements'
  /** A prepared transaction: it outlives its session, keeps its locks, and anyone who knows its name can end it. */
  | 'two-phase'
  /** A row tenant's lock on a table that others share. */
  | 'table-lock'
  /** A row tenant's statement on a table that holds tenants' rows without a policy. */
  | 'unprotected-table'
  /** Under an operator's entry that only reads: a notification, which others may act upon. */
  | 'read-only';

export interface Finding {
  readonly rule: GuardRule;
  /** What in the statement breaks the rule; for developers. */
  readonly detail: string;
}

/** What to do instead, for the developer who reads the error. */
export const REMEDIES: Readonly<Record<GuardRule, string>> = {
  'pinned-setting':
    'Leave these settings to Rowhouse, and write the names of others as plain string constants; work above tenants goes inside TenantContext.runAsSystem().',
  'runs-text': 'Send the inner SQL as a statement of its own, where the guard reads it.',
  'server-file': 'Read and write files in the application.',
  'server-function':
    'Leave this to operators: call it inside TenantContext.runAsSystem(). If every tenant may, name the function in guard.exemptFunctions.',
  'session-state':
    'Set what the statement needs in the statement, or in its transaction (set local). If what it leaves behind is harmless, name the function in guard.exemptFunctions.',
  'advisory-lock':
    "Lock rows (SELECT … FOR UPDATE), or set guard.allowAdvisoryLocks and send tenantLock(key), whose keys are the tenant's own.",
  'own-channel':
    'Choose a channel whose name does not begin with "rowhouse", and write it as a string constant: pg_notify(\'orders\', $1).',
  'unreviewed-function':
    'If tenants may call it, name the function in guard.exemptFunctions, or its extension in guard.exemptExtensions.',
  'code-block': 'Put the block into a function made by a migration, and call that.',
  'copy-file': 'Use COPY … FROM STDIN or COPY … TO STDOUT.',
  ddl: 'Change schemas in migrations, or set guard.allowDdl.',
  unparsable: 'Correct the statement, or write it less deeply nested.',
  'foreign-schema':
    "Leave the schema out of the name: the search path finds the tenant's own table. A schema that every tenant may name goes into sharedSchemas or guard.exemptSchemas, a table into guard.exemptTables.",
  'large-object': 'Keep the bytes in a bytea column of a table with a row-level security policy.',
  'prepared-statements':
    'Keep the names of prepared statements in the application, and explain the statement itself.',
  'two-phase':
    'Commit in the session that began; a coordinator of transactions works inside TenantContext.runAsSystem().',
  'table-lock': 'Lock rows (SELECT … FOR UPDATE), or take an advisory lock of the transaction.',
  'read-only': 'Enter the tenant with an entry that may write.',
  'unprotected-table': 'Give the table a row-level security policy, or name it in guard.exemptTables.',
};
