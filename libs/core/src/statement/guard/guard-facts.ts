import { NamedObjects, type NamedSchema, type NamedTable } from '../named-objects.js';
import type { ParsedText } from '../sql-parser.js';
import { asNode, type SyntaxNode, visitNodes } from '../syntax-tree.js';
import type { Finding } from './finding.js';
import { findingOfCall } from './refused-functions.js';
import {
  findingOfInto,
  findingOfRelation,
  findingOfStatement,
  findingOfWrite,
} from './refused-statements.js';

/** What the guard reads in a text. It is the same for every tenant. */
export interface GuardFacts {
  /** Findings that do not depend on which schemas and tables the tenant may use. */
  readonly offences: readonly Finding[];
  /** Schemas named outright, anywhere in the text. */
  readonly schemas: readonly NamedSchema[];
  /** Tables and views named, with and without a schema, and the names of common table expressions. */
  readonly tables: readonly NamedTable[];
}

/** Reads the facts of a parsed text; a text that cannot be parsed is an offence. */
export function guardFactsOf(parsed: ParsedText): GuardFacts {
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

/** The findings of `node` itself, without those of the nodes below it. */
function offencesOf(node: SyntaxNode, isWholeStatement: boolean): Finding[] {
  const findings: Array<Finding | undefined> = [];
  if ('funcname' in node) findings.push(findingOfCall(node));
  if ('relname' in node) findings.push(findingOfRelation(node));
  if ('intoClause' in node) findings.push(findingOfInto(asNode(node['intoClause'])));
  for (const kind of Object.keys(node)) {
    if (!isWholeStatement && !isStatementKind(kind)) continue;
    // Below the top of a statement, SET occurs only in the definition of a function, and lasts for its calls.
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
