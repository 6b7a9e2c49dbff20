import type { HomeTable } from './tables.js';

/**
 * The tables of a home that rows of a source go to, with the columns that the source has, in its order.
 *
 * @param source - the tables of the source.
 * @param present - those of the home.
 * @returns `problems`: what the home lacks, what has another type there, and where policies of the application decide.
 */
export function matchTables(
  source: readonly Pick<HomeTable, 'name' | 'columns'>[],
  present: readonly HomeTable[],
): { readonly targets: readonly HomeTable[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const targets = source.flatMap(({ name, columns }) => {
    const table = present.find((one) => one.name === name);
    if (!table) {
      problems.push(`no table ${name}`);
      return [];
    }
    if (table.isFiltered) problems.push(`policies of the application decide what may be written to ${name}`);
    for (const column of columns) {
      const own = table.columns.find((one) => one.name === column.name);
      if (!own) problems.push(`no column ${name}.${column.name}`);
      else if (own.type !== column.type)
        problems.push(`${name}.${column.name} is ${own.type}, and ${column.type} in the source`);
    }
    return [{ ...table, columns }];
  });
  return { targets, problems };
}
