import { type CopyRow, copyLineOf, copyRowsOf } from '../../copy/copy-rows.js';
import { CloneRefusedError } from '../../errors.js';
import type { RowSource } from '../../source/row-source.js';
import type { TablePlan } from './mask-plan.js';

const CHUNK_CHARACTERS = 64 * 1_024;

/** The rows of a source with their values masked. Tables without masks pass as they are. */
export function masked(source: RowSource, plan: readonly TablePlan[]): RowSource {
  return {
    head: source.head,
    rows: (table) => {
      const rows = source.rows(table);
      const planned = plan[table];
      if (!planned?.columns.some(({ mask }) => mask)) return rows;
      return { chunks: maskRows(rows.chunks, planned), count: rows.count };
    },
    largeObjects: (numbers) => source.largeObjects(numbers),
    sequences: () => source.sequences(),
  };
}

async function* maskRows(chunks: AsyncIterable<Buffer>, table: TablePlan): AsyncGenerator<Buffer> {
  const needsRow = table.columns.some(({ rule }) => rule === 'with' || rule === 'json');
  let text = '';
  for await (const row of copyRowsOf(chunks)) {
    text += copyLineOf(maskRow(row, table, needsRow ? rowOf(row, table) : {}));
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

function rowOf(row: CopyRow, { columns }: TablePlan): Readonly<Record<string, string | null>> {
  return Object.freeze(Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}

/** @throws {CloneRefusedError} without what a rule has thrown: it could hold the value. */
function maskRow(row: CopyRow, table: TablePlan, named: Readonly<Record<string, string | null>>): CopyRow {
  return row.map((value, index) => {
    const column = table.columns[index];
    if (value === null || !column?.mask) return value;
    try {
      return column.mask(value, named);
    } catch {
      throw new CloneRefusedError(
        `The rule of ${table.name}.${column.name} failed for a value. What it has thrown is not shown, because it could have the value.`,
      );
    }
  });
}
