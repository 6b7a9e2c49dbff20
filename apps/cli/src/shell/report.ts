import type { Io } from './io.js';

export interface JsonOption {
  readonly json?: boolean;
}

/** Prints the result of a command: as one JSON document with `--json`, otherwise as text. */
export function report(io: Io, { json }: JsonOption, document: unknown, text: string): void {
  const body = json ? JSON.stringify(document, writable, 2) : text.trimEnd();
  if (body !== '') io.stdout.write(`${body}\n`);
}

/** JSON.stringify does not support bigint. */
function writable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Formats rows as aligned columns with a header. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
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

/** `12 tenants`, `1 tenant`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
