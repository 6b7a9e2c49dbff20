import type { Finding } from './guard/finding.js';
import { callsOf, type FunctionCall } from './guard/functions/function-call.js';
import { isPinnedSetting, isReadAnyway } from './guard/pinned-settings.js';
import {
  findingOfInto,
  findingOfRelation,
  findingOfStatement,
  findingOfWrite,
} from './guard/refused-statements.js';
import { NamedObjects, type NamedSchema, type NamedTable } from './named-objects.js';
import type { ParsedStatement, ParsedText, SqlParser } from './sql-parser.js';
import { targetsOf } from './statement-targets.js';
import {
  isConcurrent,
  type StatementTraits,
  TraitsReader,
  UNKNOWN_TRAITS,
  unionOf,
} from './statement-traits.js';
import { asNode, namesIn, type SyntaxNode, visitNodes } from './syntax-tree.js';

/** What one statement does and names, read with PostgreSQL's grammar. It is the same for every tenant. */
export interface StatementFacts {
  readonly text: string;
  /** PostgreSQL's name of the statement's kind: `CreateStmt`, `SelectStmt`, `TransactionStmt` … */
  readonly kind: string;
  readonly traits: StatementTraits;
  /** For a statement of transaction control, which: `TRANS_STMT_COMMIT`, `TRANS_STMT_SAVEPOINT` … */
  readonly transaction: string | undefined;
  /** What the guard holds against it, whichever schemas and tables the tenant may use. */
  readonly offences: readonly Finding[];
  /** Schemas named outright, anywhere in the statement. */
  readonly schemas: readonly NamedSchema[];
  /**
   * Schemas named outright of the objects that the statement creates, changes, drops or writes to, not of those it
   * refers to.
   */
  readonly targets: readonly NamedSchema[];
  /** Tables and views named, with and without a schema, and the names of common table expressions. */
  readonly tables: readonly NamedTable[];
  /** What may be a call of a function, in whatever spelling: qualified columns are among them. */
  readonly calls: readonly FunctionCall[];
  /** Functions called as `f(x)`, without their schema where it is not named: `now`, `public.tax`. */
  readonly functions: readonly string[];
  /** It says CONCURRENTLY, so that the server refuses it in a transaction. */
  readonly isConcurrent: boolean;
  /** The index that it creates, or the objects that it drops, without their schemas. */
  readonly names: readonly string[];
  /**
   * The setting by which it changes the path, the role or the tenant of its session, or how its texts are read; the empty string
   * where the setting is not named by a constant.
   */
  readonly pinnedSetting: string | undefined;
}

/** What is known of a text. */
export interface TextFacts {
  /** One for nearly all texts; of a text that cannot be read, the text itself as the one thing that is known. */
  readonly statements: readonly StatementFacts[];
  /** Of all statements together. */
  readonly traits: StatementTraits;
  /** False for a text that PostgreSQL's grammar does not have, and for one that cannot be read. */
  readonly isKnown: boolean;
  /** Why the text may not be sent by anybody: it is not known what the server would read. */
  readonly unreadable: string | undefined;
  /** It is one statement that the planner plans, and leaves nothing behind: its plan may be kept. */
  readonly isPlanned: boolean;
  /** The guard holds nothing against it, whoever sends it; only what it says of tables remains to be looked at. */
  readonly isHarmless: boolean;
}

/** Statements that the planner plans. `CREATE TABLE AS`, `EXECUTE` and others hold some, and are not among them. */
export const PLANNED = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];
/** Characters. Longer texts are generated, with one part for each row, and are seldom sent twice. */
const MAX_PLANNED_TEXT = 8_192;

/** Reads a text. */
export function readText(parser: SqlParser, text: string): TextFacts {
  return factsOf(text, parser.parse(text));
}

export function factsOf(text: string, parsed: ParsedText): TextFacts {
  if ('failure' in parsed) return unreadable(text, parsed.failure);
  // The server decides: it may know more than this grammar.
  if ('syntaxError' in parsed) return { ...unreadable(text, parsed.syntaxError), unreadable: undefined };
  const slice = slicer(text, parsed.statements.length);
  const statements = parsed.statements.map((one) => factsOfStatement(slice(one), asNode(one.stmt)));
  const traits = unionOf(statements.map((statement) => statement.traits));
  return {
    statements,
    traits,
    isKnown: true,
    unreadable: undefined,
    isPlanned: isPlanned(statements),
    isHarmless: statements.every(isHarmless),
  };
}

function isHarmless({ kind, offences, calls, schemas }: StatementFacts): boolean {
  return kind !== 'NotifyStmt' && offences.length === 0 && calls.length === 0 && schemas.length === 0;
}

function isPlanned([statement, ...more]: readonly StatementFacts[]): boolean {
  if (!statement || more.length > 0 || statement.text.length > MAX_PLANNED_TEXT) return false;
  const { kind, traits } = statement;
  return PLANNED.includes(kind) && !traits.leavesSessionState && !traits.mayUnpin;
}

/** The facts of a text of which nothing is known but why. */
export function unreadable(text: string, why: string): TextFacts {
  const statement: StatementFacts = {
    text,
    kind: '',
    traits: UNKNOWN_TRAITS,
    transaction: undefined,
    offences: [{ rule: 'unparsable', detail: why }],
    schemas: [],
    targets: [],
    tables: [],
    calls: [],
    functions: [],
    isConcurrent: false,
    names: [],
    pinnedSetting: undefined,
  };
  return {
    statements: [statement],
    traits: UNKNOWN_TRAITS,
    isKnown: false,
    unreadable: why,
    isPlanned: false,
    isHarmless: false,
  };
}

/** Cuts the text of each statement out of a text; positions are bytes of UTF-8. */
function slicer(text: string, statements: number): (statement: ParsedStatement) => string {
  if (statements === 1) return () => text;
  const bytes = Buffer.from(text);
  return ({ stmt_location: from = 0, stmt_len: length = bytes.length - from }) =>
    bytes.toString('utf8', from, from + length).trim();
}

function factsOfStatement(text: string, body: SyntaxNode): StatementFacts {
  const [kind = ''] = Object.keys(body);
  const statement = asNode(body[kind]);
  const traits = new TraitsReader(kind, statement);
  const named = new NamedObjects();
  const offences = new Map<string, Finding>();
  const calls = new Map<string, FunctionCall>();
  const functions = new Set<string>();
  let concurrent = false;
  let pinnedSetting = kind === 'VariableSetStmt' ? settingOfPin(statement) : undefined;
  visitNodes(body, (node) => {
    named.addFrom(node);
    const called = callsOf(node);
    for (const call of called) calls.set(JSON.stringify(call), call);
    if ('funcname' in node) functions.add(namesIn(node['funcname'])?.join('.') ?? '');
    traits.readNode(node, called);
    const inner = node === body ? [] : statementsIn(node);
    for (const one of inner) traits.readStatement(one, asNode(node[one]));
    for (const offence of offencesOf(node, node === body ? Object.keys(body) : inner)) {
      offences.set(`${offence.rule} ${offence.detail}`, offence);
    }
    pinnedSetting ??= called.map(settingOfCall).find((setting) => setting !== undefined);
    concurrent ||= isConcurrent(kind, node);
  });
  for (const database of named.databases) {
    offences.set(database, { rule: 'foreign-schema', detail: `it names the database "${database}"` });
  }
  for (const { schema } of named.schemas) traits.readSchema(schema);
  return {
    text,
    kind,
    traits: traits.traits,
    transaction: kind === 'TransactionStmt' ? String(statement['kind']) : undefined,
    offences: [...offences.values()],
    schemas: named.schemas,
    targets: targetsOf(kind, statement),
    tables: named.tables,
    calls: [...calls.values()],
    functions: [...functions],
    isConcurrent: concurrent,
    names: namesOf(kind, statement),
    pinnedSetting,
  };
}

/**
 * The findings of `node` itself, without those of the nodes below it.
 *
 * @param kinds - of the statements that it holds.
 */
function offencesOf(node: SyntaxNode, kinds: readonly string[]): Finding[] {
  const findings: Array<Finding | undefined> = [];
  if ('relname' in node) findings.push(findingOfRelation(node));
  if ('intoClause' in node) findings.push(findingOfInto(asNode(node['intoClause'])));
  for (const kind of kinds) {
    const statement = asNode(node[kind]);
    findings.push(findingOfStatement(kind, statement), findingOfWrite(kind, statement));
  }
  return findings.filter((finding) => finding !== undefined);
}

/**
 * The kinds of statement that a node below the top holds. PostgreSQL names them `…Stmt`; fields that hold one begin with a
 * small letter. SET occurs there only in the definition of a function, and lasts for its calls.
 */
function statementsIn(node: SyntaxNode): string[] {
  return Object.keys(node).filter(
    (field) => field.endsWith('Stmt') && field.charCodeAt(0) < 97 && field !== 'VariableSetStmt',
  );
}

/** Of set_config(). */
function settingOfCall({ name, firstArgument = '' }: FunctionCall): string | undefined {
  if (name !== 'set_config') return undefined;
  return firstArgument === '' || isPinnedSetting(firstArgument) ? firstArgument : undefined;
}

/**
 * Of SET. Time limits are part of pins, but a migration may set them; and row_security, by which PostgreSQL shows the same rows or
 * fails (manual, 19.11 "row_security").
 */
function settingOfPin({ name, args }: SyntaxNode): string | undefined {
  const setting = typeof name === 'string' ? name : '';
  if (!isPinnedSetting(setting) || /_timeout$|^row_security$/i.test(setting)) return undefined;
  const [value] = Array.isArray(args) ? args : [];
  const text = asNode(asNode(asNode(value)['A_Const'])['sval'])['sval'];
  return typeof text === 'string' && isReadAnyway(setting, text) ? undefined : setting;
}

function namesOf(kind: string, { idxname, objects }: SyntaxNode): readonly string[] {
  if (kind === 'IndexStmt') return typeof idxname === 'string' ? [idxname] : [];
  if (kind !== 'DropStmt' || !Array.isArray(objects)) return [];
  return objects.flatMap((object) => namesIn(asNode(asNode(object)['List'])['items'])?.slice(-1) ?? []);
}
