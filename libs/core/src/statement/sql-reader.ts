import { isPinnedSetting } from './guard/pinned-settings.js';
import { findingOfCall } from './guard/refused-functions.js';
import { NamedObjects, type NamedSchema, type NamedTable } from './named-objects.js';
import { SqlParser } from './sql-parser.js';
import { asNode, namesIn, type SyntaxNode, visitNodes } from './syntax-tree.js';

/** What one statement does and names, read with PostgreSQL's grammar. */
export interface SqlFacts {
  /** PostgreSQL's name of the statement's kind: `CreateStmt`, `SelectStmt`, `TransactionStmt` … */
  readonly kind: string;
  /** For a statement of transaction control, which: `TRANS_STMT_COMMIT`, `TRANS_STMT_SAVEPOINT` … */
  readonly transaction: string | undefined;
  /** Schemas named outright, anywhere in the statement. */
  readonly schemas: readonly NamedSchema[];
  /**
   * Schemas named outright of the objects that the statement creates, changes, drops or writes to, not of those it
   * refers to.
   */
  readonly targets: readonly NamedSchema[];
  /** Tables and views named, and the names of common table expressions. */
  readonly tables: readonly NamedTable[];
  /** Functions called, without their schema where it is not named: `now`, `public.tax`. */
  readonly functions: readonly string[];
  /** It says CONCURRENTLY, so that the server refuses it in a transaction. */
  readonly isConcurrent: boolean;
  /** The index that it creates, or the objects that it drops, without their schemas. */
  readonly names: readonly string[];
  /** It sets the path, the role or the tenant of the session. */
  readonly changesPin: boolean;
}

/** Reads SQL with PostgreSQL's own grammar. */
export class SqlReader {
  readonly #parser: SqlParser;

  private constructor(parser: SqlParser) {
    this.#parser = parser;
  }

  /** Takes some 30 ms. */
  static async load(): Promise<SqlReader> {
    return new SqlReader(await SqlParser.load());
  }

  /** The facts of each statement of the text; `undefined` when it cannot be read. */
  read(text: string): readonly SqlFacts[] | undefined {
    const parsed = this.#parser.parse(text);
    if ('error' in parsed) return undefined;
    return parsed.statements.map((statement) => factsOf(asNode(asNode(statement)['stmt'])));
  }
}

function factsOf(body: SyntaxNode): SqlFacts {
  const [kind = ''] = Object.keys(body);
  const statement = asNode(body[kind]);
  const named = new NamedObjects();
  const functions = new Set<string>();
  let isConcurrent = false;
  let changesPin = kind === 'VariableSetStmt' && isOfPin(String(statement['name'] ?? ''));
  visitNodes(body, (node) => {
    named.addFrom(node);
    const call = namesIn(node['funcname']);
    if (call) functions.add(call.join('.'));
    if (node['concurrent'] === true || node['defname'] === 'concurrently') isConcurrent = true;
    if (call && findingOfCall(node)?.rule === 'pinned-setting') changesPin = true;
  });
  return {
    kind,
    transaction: kind === 'TransactionStmt' ? String(statement['kind']) : undefined,
    schemas: named.schemas,
    targets: targetsOf(kind, statement),
    tables: named.tables,
    functions: [...functions],
    isConcurrent,
    names: namesOf(kind, statement),
    changesPin,
  };
}

function namesOf(kind: string, { idxname, objects }: SyntaxNode): readonly string[] {
  if (kind === 'IndexStmt') return typeof idxname === 'string' ? [idxname] : [];
  if (kind !== 'DropStmt' || !Array.isArray(objects)) return [];
  return objects.flatMap((object) => namesIn(asNode(asNode(object)['List'])['items'])?.slice(-1) ?? []);
}

/** Time limits are part of pins, but a migration may set them. */
function isOfPin(setting: string): boolean {
  return isPinnedSetting(setting) && !setting.toLowerCase().endsWith('_timeout');
}

/**
 * The fields in which statements hold the objects that they change. Those that they refer to are in other fields, or
 * deeper.
 */
const TARGET_NODES = ['relation', 'view', 'sequence', 'table', 'typevar'];
const TARGET_FIELDS = [
  'typeName',
  'domainname',
  'funcname',
  'defnames',
  'object',
  'objects',
  'newschema',
  'schemaname',
  'removeType',
  'renameType',
  'objectType',
  'objtype',
  'targtype',
];

function targetsOf(kind: string, statement: SyntaxNode): readonly NamedSchema[] {
  const named = new NamedObjects();
  const into = asNode(statement['into'] ?? statement['intoClause'])['rel'];
  for (const node of [...TARGET_NODES.map((field) => statement[field]), into]) named.addFrom(asNode(node));
  // A trigger only calls its function.
  const fields = TARGET_FIELDS.filter((field) => field !== 'funcname' || kind !== 'CreateTrigStmt');
  named.addFrom(
    Object.fromEntries(
      fields.filter((field) => field in statement).map((field) => [field, statement[field]]),
    ),
  );
  for (const object of [statement['object'], statement['objects'], statement['relations']].flat()) {
    const { RangeVar, TypeName, ObjectWithArgs } = asNode(object);
    named.addFrom(asNode(RangeVar ?? TypeName));
    named.addFrom({ objname: asNode(ObjectWithArgs)['objname'] });
  }
  return named.schemas;
}
