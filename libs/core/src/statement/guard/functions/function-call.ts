import { asNode, namesIn, type SyntaxNode } from '../../syntax-tree.js';

/** A function that a statement names in such a way that it may be called. */
export interface FunctionCall {
  /** `undefined` where the statement names none. Parser and server fold and unescape both names alike. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly argumentCount: number;
  /** The first argument, where it is a plain string constant. A cast may truncate, and a parameter is sent later. */
  readonly firstArgument: string | undefined;
}

/**
 * The functions that a node itself may call, without those of the nodes below it. SQL has four spellings:
 *
 * - `f(x)` in all its places, CALL and CREATE TRIGGER among them: a node with `funcname`.
 * - `(x).f` (manual, 8.16.3). The manual speaks of rows; the server takes any type, and fills in defaults.
 * - `x.f`, where `x` is a table, an alias, or a function in FROM and so perhaps of any type again. The text does not show
 *   whether it is a column, so each qualified column counts as a call of its name.
 * - `tablesample f (x)`.
 */
export function callsOf(node: SyntaxNode): readonly FunctionCall[] {
  const { funcname, fields, indirection, arg, method } = node;
  if (funcname !== undefined) return called(namesIn(funcname), node['args']);
  if (method !== undefined && 'relation' in node) return called(namesIn(method), node['args']);
  if (fields !== undefined) return called(namesIn(fields)?.slice(1).slice(-1), [undefined]);
  if (indirection === undefined || arg === undefined || !Array.isArray(indirection)) return NONE;
  return indirection.flatMap((step) => called(namesIn([step]), [undefined]));
}

const NONE: readonly FunctionCall[] = [];

function called(path: readonly string[] | undefined, args: unknown): readonly FunctionCall[] {
  const name = path?.at(-1);
  if (name === undefined || name === '*') return NONE;
  const list = Array.isArray(args) ? args : [];
  const constant = asNode(asNode(asNode(list[0])['A_Const'])['sval'])['sval'];
  return [
    {
      schema: path?.at(-2),
      name,
      argumentCount: list.length,
      firstArgument: typeof constant === 'string' ? constant : undefined,
    },
  ];
}
