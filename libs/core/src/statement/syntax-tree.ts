/**
 * A node of libpg-query's tree: the fields of PostgreSQL's parse nodes (`parsenodes.h`) under their own names.
 *
 * Where a field may hold any kind of node, it holds `{ KindOfNode: { … } }`; where PostgreSQL's struct names the kind,
 * it holds the fields
 * of the node directly. Such a node can be recognised only by its fields. Zero, false and empty fields are left out.
 */
export type SyntaxNode = Readonly<Record<string, unknown>>;

export function asNode(value: unknown): SyntaxNode {
  return typeof value === 'object' && value !== null ? (value as SyntaxNode) : {};
}

/**
 * Calls `visit` with every node below `root`, at all depths; without recursion, so that deep trees are safe.
 */
export function visitNodes(root: unknown, visit: (node: SyntaxNode) => void): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) pending.push(item);
      continue;
    }
    const node = value as SyntaxNode;
    visit(node);
    for (const field of Object.keys(node)) {
      if (typeof node[field] === 'object') pending.push(node[field]);
    }
  }
}

/** The names of a list that holds nothing but names (`*` included); `undefined` for any other list. */
export function namesIn(list: unknown): readonly string[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const names: string[] = [];
  for (const item of list) {
    const node = asNode(item);
    if ('A_Star' in node) names.push('*');
    else if ('String' in node) names.push(String(asNode(node['String'])['sval'] ?? ''));
    else return undefined;
  }
  return names;
}
