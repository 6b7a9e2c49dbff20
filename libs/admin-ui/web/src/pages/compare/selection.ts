import type { AdminSchemas } from '@rowhouse/client';
import { useState } from 'react';
import type { RowChange } from './row-changes.js';

export type TableDiff = AdminSchemas['schemas']['Diff']['tables'][number];

/** The values of a key, in the order of its columns. */
export function keyOf({ key }: TableDiff, change: RowChange): string[] {
  return key.map((column) => change.key[column] ?? '');
}

const nameOf = (table: string, key: readonly string[]) => JSON.stringify([table, key]);

/** Tables and rows that are chosen. Of a table that is chosen as a whole no rows are. */
export function useSelection(differing: readonly TableDiff[]) {
  const [tables, setTables] = useState<readonly string[]>([]);
  const [rows, setRows] = useState<ReadonlyMap<string, { readonly table: string; readonly key: string[] }>>(
    new Map(),
  );
  const isAll = differing.length > 0 && tables.length === differing.length;
  return {
    tables,
    rows: [...rows.values()],
    isAll,
    isEmpty: tables.length === 0 && rows.size === 0,
    hasTable: (name: string) => tables.includes(name),
    hasRow: (name: string, key: readonly string[]) => rows.has(nameOf(name, key)),
    toggleAll: () => {
      setTables(isAll ? [] : differing.map(({ name }) => name));
      setRows(new Map());
    },
    toggleTable: (name: string) => {
      setTables(tables.includes(name) ? tables.filter((each) => each !== name) : [...tables, name]);
      setRows(new Map([...rows].filter(([, { table }]) => table !== name)));
    },
    toggleRow: (table: string, key: string[]) => {
      const after = new Map(rows);
      if (!after.delete(nameOf(table, key))) after.set(nameOf(table, key), { table, key });
      setRows(after);
    },
  };
}

export type Selection = ReturnType<typeof useSelection>;
