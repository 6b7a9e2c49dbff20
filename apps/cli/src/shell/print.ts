import { once } from 'node:events';
import { Writable } from 'node:stream';
import { escapeControls } from '@rowhouse/core/internal';
import type { Output } from './io.js';

/**
 * Writes text that may hold what somebody stored, as names and errors do. Its control characters are written out, so that it
 * steers no terminal; only the ends of lines stay. What belongs on one line goes through {@link onOneLine} first.
 */
export function print(output: Output, text: string): void {
  output.write(escapeControls(text, '\n'));
}

/** A stored text within a line: it cannot begin another, and so look like a row or a result. */
export function onOneLine(text: string): string {
  return escapeControls(text);
}

/** A document as JSON, with the control characters that JSON itself would leave as they are. */
export function printJson(output: Output, document: unknown): void {
  print(output, `${JSON.stringify(document, writable, 2)}\n`);
}

/** As {@link printJson}, on one line: a document of several. */
export function printJsonLine(output: Output, document: unknown): void {
  print(output, `${JSON.stringify(document, writable)}\n`);
}

/** JSON.stringify does not support bigint. */
function writable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Writes the lines of an export. Waits while the reader of a pipe is slow. */
export async function printLines(
  output: Output,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  for await (const line of lines) {
    const hasRoom = output.write(escapeControls(line, '\r\n'));
    if (hasRoom === false && output instanceof Writable) await once(output, 'drain');
  }
}
