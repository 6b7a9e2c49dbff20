import type { Finding } from './guard/finding.js';
import { findingOfCall } from './guard/refused-functions.js';
import { NamedObjects, type NamedSchema, type NamedTable } from './named-objects.js';
import { findingOfRelation } from './prepared-statements.js';
import type { ParsedText } from './sql-parser.js';
import { findingOfInto, findingOfStatement, findingOfWrite } from './statement-kinds.js';
import { asNode, type SyntaxNode, visitNodes } from './syntax-tree.js';

/** What a text says, whoever sends it. */
export interface StatementFacts {
  /** What breaks a rule for every tenant. */
  readonly offences: readonly Finding[];
  /** Schemas named outright, anywhere in the text. */
  readonly schemas: readonly NamedSchema[];
  /** Tables and views named, with and without a schema, and the names of common table expressions. */
  readonly tables: readonly NamedTable[];
}

/** Reads the facts off a parsed text; what does not parse is an offence. */
export function factsOf(parsed: ParsedText): StatementFacts {
  if ('error' in parsed) {
    return { offences: [{ rule: 'unparsable', detail: parsed.error }], schemas: [], tables: [] };
  }
  const offences: Finding[] = [];
  const named = new NamedObjects();
  for (const statement of parsed.statements) {
    const body = asNode(asNode(statement)['stmt']);
    visitNodes(body, (node) => {
      named.addFrom(node);
      offences.push(...offencesOf(node, node === body));
    });
  }
  for (const database of named.databases) {
    offences.push({ rule: 'foreign-schema', detail: `it names the database "${database}"` });
  }
  return { offences, schemas: named.schemas, tables: named.tables };
}

/** What is wrong with `node` itself, not with what stands below it. */
function offencesOf(node: SyntaxNode, isWholeStatement: boolean): Finding[] {
  const findings: Array<Finding | undefined> = [];
  if ('funcname' in node) findings.push(findingOfCall(node));
  if ('relname' in node) findings.push(findingOfRelation(node));
  if ('intoClause' in node) findings.push(findingOfInto(asNode(node['intoClause'])));
  for (const kind of Object.keys(node)) {
    if (!isWholeStatement && !isStatementKind(kind)) continue;
    // Below a statement, SET stands only in the definition of a function, for the time of its calls.
    if (!isWholeStatement && kind === 'VariableSetStmt') continue;
    const statement = asNode(node[kind]);
    findings.push(findingOfStatement(kind, statement), findingOfWrite(kind, statement));
  }
  return findings.filter((finding) => finding !== undefined);
}

/** PostgreSQL names its kinds of statement `…Stmt`; fields that hold one begin with a small letter. */
function isStatementKind(field: string): boolean {
  return field.endsWith('Stmt') && field.charCodeAt(0) < 97;
}
