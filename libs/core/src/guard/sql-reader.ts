import { NamedObjects, type NamedSchema, type NamedTable } from './named-objects.js';
import { SqlParser } from './sql-parser.js';
import { asNode, namesIn, visitNodes } from './syntax-tree.js';

/** What one statement says, as PostgreSQL's grammar reads it. */
export interface SqlFacts {
  /** PostgreSQL's name of the statement's kind: `CreateStmt`, `SelectStmt`, `TransactionStmt` … */
  readonly kind: string;
  /** Schemas named outright, anywhere in the statement. */
  readonly schemas: readonly NamedSchema[];
  /** Tables and views named, and the names of common table expressions. */
  readonly tables: readonly NamedTable[];
  /** Functions called, without their schema where it is not named: `now`, `public.tax`. */
  readonly functions: readonly string[];
  /** It says CONCURRENTLY, and so refuses to run in a transaction. */
  readonly isConcurrent: boolean;
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

  /** A line of facts for each statement of the text; `undefined` when it cannot be read. */
  read(text: string): readonly SqlFacts[] | undefined {
    const parsed = this.#parser.parse(text);
    if ('error' in parsed) return undefined;
    return parsed.statements.map((statement) => factsOf(asNode(asNode(statement)['stmt'])));
  }
}

function factsOf(body: Record<string, unknown>): SqlFacts {
  const [kind = ''] = Object.keys(body);
  const named = new NamedObjects();
  const functions = new Set<string>();
  let isConcurrent = false;
  visitNodes(body, (node) => {
    named.addFrom(node);
    const call = namesIn(node['funcname']);
    if (call) functions.add(call.join('.'));
    if (node['concurrent'] === true || node['defname'] === 'concurrently') isConcurrent = true;
  });
  return { kind, schemas: named.schemas, tables: named.tables, functions: [...functions], isConcurrent };
}
