import type { Token } from './sql-parser.js';

/** Numbers, texts in all their forms, and parameters: `1.5`, `'x'`, `E'x'`, `U&'x'`, `$tag$x$tag$`, `$1`. */
const VALUE = /^(?:\.?[0-9]|\$|'|[bexn]'|u&')/i;
const COMMENT = /^(?:--|\/\*)/;
/** Lists of values of any length are one shape. */
const LIST = /\?(?:\s*,\s*\?)+/g;

/** What statements that differ in values and comments only have in common; it holds no value. */
export function shapeOf(tokens: readonly Token[]): string {
  let shape = '';
  let end = 0;
  for (const { text, start, end: next } of tokens) {
    if (COMMENT.test(text)) continue;
    if (shape && start > end) shape += ' ';
    shape += VALUE.test(text) ? '?' : text;
    end = next;
  }
  return shape.replaceAll(LIST, '?, …');
}

/** A value of a shape, or a list of some; names in quotes are passed over. */
const PLACE = /"(?:[^"]|"")*"|\?(?:, …)?/g;

/**
 * A shape as a statement with parameters; a list has one. What comes of it may be no statement: the shape of an operator such as
 * `?|` is like that of a value.
 */
export function withParameters(shape: string): string {
  let count = 0;
  return shape.replaceAll(PLACE, (place) => {
    if (place.startsWith('"')) return place;
    count += 1;
    return `$${count}`;
  });
}
