import { NamedObjects, type NamedSchema } from './named-objects.js';
import { asNode, type SyntaxNode } from './syntax-tree.js';

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

/**
 * The schemas named outright of the objects that a statement creates, changes, drops or writes to.
 */
export function targetsOf(kind: string, statement: SyntaxNode): readonly NamedSchema[] {
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
