import { isUtf8 } from 'node:buffer';
import { ImportRefusedError } from '../errors.js';

/** One row: a text for each column, `null` for NULL. */
export type CopyRow = readonly (string | null)[];

const NEWLINE = 0x0a;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The rows of COPY's text format (manual, COPY, "Text Format"), as PostgreSQL writes it. */
export async function* copyRowsOf(source: AsyncIterable<Buffer>): AsyncGenerator<CopyRow> {
  for await (const line of copyLinesOf(source)) yield rowOf(line);
}

/** The rows of COPY's text format, as they are, without the end of the line. */
export async function* copyLinesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at)]);
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

export async function countRows(source: AsyncIterable<Buffer>): Promise<number> {
  let rows = 0;
  for await (const _ of copyLinesOf(source)) rows += 1;
  return rows;
}

function rowOf(line: Buffer): CopyRow {
  // Otherwise it would become a replacement character without a word.
  if (!isUtf8(line)) throw new ImportRefusedError('The rows do not fit: a text is no UTF-8.');
  return line
    .toString('utf8')
    .split('\t')
    .map((field) =>
      field === '\\N' ? null : field.replace(/\\(.)/gs, (_, escaped) => ESCAPES[escaped] ?? escaped),
    );
}

const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  ...Object.fromEntries(Object.entries(ESCAPES).map(([letter, character]) => [character, `\\${letter}`])),
};

/** A row in COPY's text format as PostgreSQL writes it, with the end of its line. */
export function copyLineOf(row: CopyRow): string {
  return `${row.map((field) => field?.replace(/[\\\b\f\n\r\t\v]/g, (one) => ESCAPED[one] as string) ?? '\\N').join('\t')}\n`;
}
