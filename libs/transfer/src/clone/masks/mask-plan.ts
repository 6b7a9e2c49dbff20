import { CloneRefusedError, MasksIncompleteError } from '../../errors.js';
import type { HomeFacts, TableFacts } from '../table-facts.js';
import { needsRule } from './column-family.js';
import { loadFakes } from './fakes.js';
import { masksFileFor } from './guess-masks.js';
import { KeyedHash } from './keyed-hash.js';
import { type MaskRule, type Masks, nameOfRule } from './mask-rules.js';
import { MaskMisfitError, type MaskTools, type ValueMask, valueMaskOf } from './value-masks.js';

/** What becomes of the columns of a table. */
export interface TablePlan {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    /** The name of its rule; `undefined` where none names it, and its values stay. */
    readonly rule: string | undefined;
    readonly mask: ValueMask | undefined;
  }[];
}

export interface MaskOptions {
  readonly masks: Masks;
  readonly strict: boolean;
  readonly seed: string;
}

/**
 * Finds out what becomes of each column.
 *
 * @throws {MasksIncompleteError} when it is strict, and no rule names a column that could hold texts of people.
 * @throws {CloneRefusedError} when rules name what is not there, do not fit their columns, or would tear references apart.
 */
export async function planMasks(
  facts: HomeFacts,
  { masks, strict, seed }: MaskOptions,
): Promise<readonly TablePlan[]> {
  const problems = [...unknownNames(facts.tables, masks), ...tornReferences(facts, masks)];
  const tools = { hash: new KeyedHash(seed), fake: await loadFakes() };
  const tables = facts.tables.map((table) => planOf(table, masks, tools, problems));
  if (problems.length > 0)
    throw new CloneRefusedError(`The masks do not fit the tables: ${problems.join('; ')}.`);
  const missing = facts.tables.flatMap((table) =>
    table.columns
      .filter((column) => needsRule(column) && !ruleOf(masks, table.name, column.name))
      .map(({ name }) => `${table.name}.${name}`),
  );
  if (strict && missing.length > 0)
    throw new MasksIncompleteError(missing, masksFileFor(facts.tables, masks));
  return tables;
}

function planOf(table: TableFacts, masks: Masks, tools: MaskTools, problems: string[]): TablePlan {
  const columns = table.columns.map((column) => {
    const rule = ruleOf(masks, table.name, column.name);
    const planned = { name: column.name, type: column.type, rule: rule && nameOfRule(rule) };
    try {
      return { ...planned, mask: rule && valueMaskOf(rule, column, tools) };
    } catch (error) {
      if (!(error instanceof MaskMisfitError)) throw error;
      problems.push(`${table.name}.${column.name}: ${error.message}`);
      return { ...planned, mask: undefined };
    }
  });
  return { name: table.name, columns };
}

function* unknownNames(tables: readonly TableFacts[], masks: Masks): Generator<string> {
  for (const [name, rules] of Object.entries(masks)) {
    const table = tables.find((one) => one.name === name);
    if (!table) yield `there is no table ${name}`;
    for (const column of Object.keys(rules))
      if (table && !table.columns.some((one) => one.name === column))
        yield `there is no column ${name}.${column} with values of its own`;
  }
}

/** A value and what refers to it must become the same. */
function* tornReferences({ tables, references }: HomeFacts, masks: Masks): Generator<string> {
  for (const { from, to, fromColumns, toColumns } of references) {
    const [child, parent] = [tables[from] as TableFacts, tables[to] as TableFacts];
    for (const [index, name] of fromColumns.entries()) {
      const target = toColumns[index] as string;
      const [own, other] = [ruleOf(masks, child.name, name), ruleOf(masks, parent.name, target)];
      if (own?.rule === 'null' || isSame(own, other, typeIn(child, name) === typeIn(parent, target)))
        continue;
      yield `${child.name}.${name} refers to ${parent.name}.${target}, so both need the same rule, and to be masked the same type`;
    }
  }
}

function isSame(one: MaskRule | undefined, other: MaskRule | undefined, sameType: boolean): boolean {
  const [left, right] = [one ?? KEPT, other ?? KEPT];
  if (left.rule === 'keep' || right.rule === 'keep') return left.rule === right.rule;
  const sameFunction = left.rule !== 'with' || (right.rule === 'with' && left.make === right.make);
  return sameType && sameFunction && JSON.stringify(left) === JSON.stringify(right);
}

const KEPT: MaskRule = { rule: 'keep' };

function typeIn({ columns }: TableFacts, name: string): string | undefined {
  return columns.find((column) => column.name === name)?.type;
}

function ruleOf(masks: Masks, table: string, column: string): MaskRule | undefined {
  const rules = Object.hasOwn(masks, table) ? masks[table] : undefined;
  return rules && Object.hasOwn(rules, column) ? rules[column] : undefined;
}
