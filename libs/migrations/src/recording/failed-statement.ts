import { failedStatementOf, type StatementFacts } from '@rowhouse/core/internal';
import { excerptOf } from './excerpt.js';

/** Where in its migration a statement failed, by the error of the query. */
const places = new WeakMap<object, string>();

export interface FailedQuery {
  readonly text: string;
  readonly facts?: readonly StatementFacts[] | undefined;
  /** How many statements the migration had sent before this text. */
  readonly before: number;
}

/** Notes which statement of a migration an error is about. */
export function noteFailedStatement(error: unknown, { text, facts = [], before }: FailedQuery): void {
  if (typeof error !== 'object' || error === null) return;
  const index = failedStatementOf(error) ?? 0;
  const isAlone = before === 0 && facts.length <= 1;
  const begin = beginOf(text, facts, index);
  const statement = facts[index]?.text ?? text;
  const own = statement.slice(leadOf(statement));
  const line = lineAt(text, begin + (positionOf(error, statement) ?? leadOf(statement)));
  const where = [
    ...(isAlone ? [] : [`statement ${before + index + 1}`]),
    ...(text.trim().includes('\n') ? [`line ${line}`] : []),
  ].join(', ');
  places.set(error, `${where && `${where}: `}${excerptOf(own)}`);
}

/** The statement that an error is about, with its number and line where there are several; `undefined` when it is about none. */
export function failedStatementIn(error: unknown): string | undefined {
  return places.get(Object(error));
}

/** Where a statement of a text begins. */
function beginOf(text: string, facts: readonly StatementFacts[], index: number): number {
  let from = 0;
  for (const { text: statement } of facts.slice(0, index))
    from = text.indexOf(statement, from) + statement.length;
  return Math.max(0, text.indexOf(facts[index]?.text ?? text, from));
}

/** How many characters of white space and comments are before a statement. */
function leadOf(statement: string): number {
  return /^(?:\s|--.*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(statement)?.[0].length ?? 0;
}

/** Where in its statement the server found the error. It counts characters, from 1. */
function positionOf(error: object, statement: string): number | undefined {
  const { position, driverError } = error as { position?: string; driverError?: { position?: string } };
  const at = Number(driverError?.position ?? position);
  return at > 0 ? [...statement].slice(0, at - 1).join('').length : undefined;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
