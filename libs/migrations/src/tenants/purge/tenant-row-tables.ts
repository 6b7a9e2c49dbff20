import { HOLDS_ROWS_OF_TENANTS } from '@rowhouse/core/internal';
import type { DataSource } from 'typeorm';

/** A table with rows of several tenants, protected by row-level security. */
export interface RowTable {
  /** Schema and name, quoted for SQL. */
  readonly name: string;
  /** The tables that its foreign keys refer to, including itself. */
  readonly refersTo: readonly string[];
}

const ROW_TABLES = `
  with tables as (
    select c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) as name
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where ${HOLDS_ROWS_OF_TENANTS})
  select t.name, array(select distinct r.name from pg_catalog.pg_constraint k join tables r on r.oid = k.confrelid
                        where k.conrelid = t.oid and k.contype = 'f') as "refersTo"
    from tables t order by t.name`;

/** All tables of the database that hold rows of tenants. */
export function rowTables(dataSource: DataSource): Promise<readonly RowTable[]> {
  return dataSource.query(ROW_TABLES);
}

/** Tables whose rows are deleted in one statement, because they refer to each other. */
export interface DeletionStep {
  readonly tables: readonly string[];
  /** The tables refer to each other, or the one table refers to itself. */
  readonly isCycle: boolean;
}

/**
 * The order in which rows can be deleted: referring tables before the tables they refer to. This is the reverse of the
 * order in which Tarjan's algorithm finds the strongly connected components.
 */
export function deletionOrder(tables: readonly RowTable[]): readonly DeletionStep[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const numbers = new Map<string, number>();
  const onStack: string[] = [];
  const steps: DeletionStep[] = [];

  const visit = (name: string): number => {
    const number = numbers.size;
    numbers.set(name, number);
    onStack.push(name);
    const { refersTo = [] } = byName.get(name) ?? {};
    let lowest = number;
    for (const next of refersTo) {
      const known = numbers.get(next);
      if (known === undefined) lowest = Math.min(lowest, visit(next));
      else if (onStack.includes(next)) lowest = Math.min(lowest, known);
    }
    if (lowest === number) {
      const part = onStack.splice(onStack.indexOf(name));
      steps.unshift({ tables: part, isCycle: part.length > 1 || refersTo.includes(name) });
    }
    return lowest;
  };
  for (const { name } of tables) if (!numbers.has(name)) visit(name);
  return steps;
}
