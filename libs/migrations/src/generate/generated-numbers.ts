import pg from 'pg';
import type { QueryRunner, Table } from 'typeorm';
import { NOTHING, type Step, type TableChange } from './table-change.js';

type TableColumn = Table['columns'][number];

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** What numbers a column: nothing, a sequence in its default (`serial`), or an identity of this kind. */
type Numbering = 'nothing' | 'sequence' | 'ALWAYS' | 'BY DEFAULT';

/** What TypeORM's query runner for PostgreSQL has, and its types do not show. */
export interface Names {
  escapePath(target: Table | string): string;
  buildSequencePath(table: Table, column: string): string;
}

/**
 * The change of what numbers a column, which TypeORM sees and has no statements for: of an identity none at all, and a sequence it
 * lets start with 1, whatever the rows hold. The numbers go on after the highest one in the table.
 *
 * @param column - as TypeORM reads it. It is given the numbering that is asked for, so that TypeORM finds no difference in it.
 * @param expression - the default of the column, as PostgreSQL shows it.
 * @returns undefined without a change, or where TypeORM drops the column and makes another one.
 */
export function takeNumberingChange(
  runner: QueryRunner,
  table: Table,
  column: TableColumn,
  asked: TableColumn,
  expression: string | undefined,
): TableChange | undefined {
  const [from, to] = [numberingOf(column), numberingOf(asked)];
  if (from === undefined || to === undefined || from === to || isMadeAnew(column, asked)) return undefined;

  const isNullable = column.isNullable && asked.isNullable;
  const names = runner as unknown as Names;
  const path = names.escapePath(table);
  const alter = `ALTER TABLE ${path} ALTER COLUMN ${quote(column.name)}`;
  const { isGenerated, generationStrategy, generatedIdentity } = asked;
  Object.assign(column, { isGenerated, generationStrategy, generatedIdentity });
  // An identity does what `increment` asks for, and only primary columns can ask for an identity by a decorator.
  if (isIdentity(from) && to === 'sequence') return undefined;

  if (isIdentity(from) && isIdentity(to))
    return {
      before: NOTHING,
      after: { up: [`${alter} SET GENERATED ${to}`], down: [`${alter} SET GENERATED ${from}`] },
    };

  const sequence = names.escapePath(names.buildSequencePath(table, column.name));
  const parts = { path, alter, sequence, column, isNullable };
  const old = from === 'nothing' ? ofDefault(parts, expression) : ofNumbers(parts, from);
  if (from === 'nothing') column.default = asked.default;
  return {
    before: { up: old.down, down: old.up },
    after: to === 'nothing' ? NOTHING : ofNumbers(parts, to),
  };
}

interface Parts {
  readonly path: string;
  readonly alter: string;
  readonly sequence: string;
  readonly column: TableColumn;
  /** Whether the column takes nulls, which one with an identity cannot. */
  readonly isNullable: boolean;
}

/** @returns undefined for other generated values, such as a uuid. */
function numberingOf({
  isGenerated,
  generationStrategy,
  generatedIdentity,
}: TableColumn): Numbering | undefined {
  if (!isGenerated) return 'nothing';
  if (generationStrategy === 'increment') return 'sequence';
  return generationStrategy === 'identity' ? (generatedIdentity ?? 'BY DEFAULT') : undefined;
}

function isIdentity(numbering: Numbering): boolean {
  return numbering === 'ALWAYS' || numbering === 'BY DEFAULT';
}

/** For these changes TypeORM drops the column, and adds one of what is asked for. */
function isMadeAnew(column: TableColumn, asked: TableColumn): boolean {
  const isComputed = [column, asked].some(({ generatedType }) => generatedType !== undefined);
  const fields = ['type', 'length', 'isArray'] as const;
  return isComputed || fields.some((field) => column[field] !== asked[field]);
}

function ofDefault({ alter }: Parts, expression: string | undefined): Step {
  if (expression === undefined) return NOTHING;
  return { up: [`${alter} SET DEFAULT ${expression}`], down: [`${alter} DROP DEFAULT`] };
}

function ofNumbers(parts: Parts, numbering: Exclude<Numbering, 'nothing'>): Step {
  const { path, alter, sequence, column, isNullable } = parts;
  const name = quote(column.name);
  const goOn = `SELECT setval(pg_get_serial_sequence(${literal(path)}, ${literal(column.name)}), max(${name})) FROM ${path} HAVING max(${name}) > 0`;
  if (numbering === 'sequence')
    return {
      up: [
        `CREATE SEQUENCE ${sequence} AS ${column.type} OWNED BY ${path}.${name}`,
        `${alter} SET DEFAULT nextval(${literal(sequence)})`,
        goOn,
      ],
      down: [`${alter} DROP DEFAULT`, `DROP SEQUENCE ${sequence}`],
    };
  return {
    up: [
      ...(isNullable ? [`${alter} SET NOT NULL`] : []),
      `${alter} ADD GENERATED ${numbering} AS IDENTITY`,
      goOn,
    ],
    down: [`${alter} DROP IDENTITY`, ...(isNullable ? [`${alter} DROP NOT NULL`] : [])],
  };
}
