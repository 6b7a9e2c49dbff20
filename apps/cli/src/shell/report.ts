import type { Io } from './io.js';
import { onOneLine, print, printJson } from './print.js';

export interface JsonOption {
  readonly json?: boolean;
}

/** Prints the result of a command: as one JSON document with `--json`, otherwise as text. */
export function report(io: Io, { json }: JsonOption, document: unknown, text: string): void {
  if (json) {
    printJson(io.stdout, document);
    return;
  }
  const body = text.trimEnd();
  if (body !== '') print(io.stdout, `${body}\n`);
}

/** Formats rows as aligned columns with a header. */
export function table(head: readonly string[], texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(onOneLine));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}
