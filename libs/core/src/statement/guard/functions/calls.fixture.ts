import { SqlParser } from '../../sql-parser.js';
import { visitNodes } from '../../syntax-tree.js';
import { callsOf, type FunctionCall } from './function-call.js';

const parser = await SqlParser.load();

/** The calls of a text. */
export function callsIn(text: string): readonly FunctionCall[] {
  const parsed = parser.parse(text);
  if (!('statements' in parsed)) throw new Error(`${JSON.stringify(parsed)}: ${text}`);
  const calls: FunctionCall[] = [];
  visitNodes(parsed.statements, (node) => {
    calls.push(...callsOf(node));
  });
  return calls;
}
