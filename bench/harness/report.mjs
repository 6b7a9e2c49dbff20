import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const RESULTS = new URL('../results/', import.meta.url);

/** Writes a file below bench/results and returns its path from here. */
export async function writeResult(name, content) {
  const file = new URL(name, RESULTS);
  await mkdir(new URL('./', file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  return relative(process.cwd(), fileURLToPath(file));
}

/**
 * A table in plain text; the first columns to the left, numbers to the right. A line is left free where the
 * value of `groupBy` changes.
 *
 * @template Row
 * @param {readonly Row[]} rows
 * @param {ReadonlyArray<{ title: string, of: (row: Row) => string, left?: boolean }>} columns
 * @param {(row: Row) => string} [groupBy]
 */
export function table(rows, columns, groupBy = () => '') {
  const cells = rows.map((row) => columns.map((column) => column.of(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => line[index].length)),
  );
  const format = (line) =>
    line
      .map((cell, index) => (columns[index].left ? cell.padEnd(widths[index]) : cell.padStart(widths[index])))
      .join('  ')
      .trimEnd();
  const lines = [
    format(columns.map(({ title }) => title)),
    widths.map((width) => '-'.repeat(width)).join('  '),
  ];
  rows.forEach((row, index) => {
    if (index > 0 && groupBy(row) !== groupBy(rows[index - 1])) lines.push('');
    lines.push(format(cells[index]));
  });
  return lines.join('\n');
}

/** `min – median – max` of a spread. */
export function formatSpread(spread, digits = 2) {
  if (!spread) return '—';
  return [spread.min, spread.median, spread.max].map((value) => value.toFixed(digits)).join(' – ');
}
