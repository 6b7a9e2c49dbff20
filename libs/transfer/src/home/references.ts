import type { ScriptStatement } from '@rowhouse/core/internal';
import { type Client, type HomeTable, nameOf } from './tables.js';

/** A foreign key between tables of one home. */
export interface Reference {
  /** The table that refers, by its index. */
  readonly from: number;
  readonly to: number;
  /** Columns of the one and of the other, pair by pair; without the tenant's. */
  readonly fromColumns: readonly string[];
  readonly toColumns: readonly string[];
  /** It can be checked at the end of a transaction. */
  readonly isDeferrable: boolean;
}

const REFERENCES = `
  select pg_catalog.array_position($1::pg_catalog.regclass[], k.conrelid::pg_catalog.regclass) - 1 as "from",
         pg_catalog.array_position($1::pg_catalog.regclass[], k.confrelid::pg_catalog.regclass) - 1 as "to",
         pg_catalog.array_agg(f.attname::text order by n) as "fromColumns",
         pg_catalog.array_agg(t.attname::text order by n) as "toColumns",
         k.condeferrable as "isDeferrable"
    from pg_catalog.pg_constraint k
   cross join lateral pg_catalog.generate_subscripts(k.conkey, 1) n
    join pg_catalog.pg_attribute f on f.attrelid = k.conrelid and f.attnum = k.conkey[n]
    join pg_catalog.pg_attribute t on t.attrelid = k.confrelid and t.attnum = k.confkey[n]
   where k.contype = 'f' and k.conparentid = 0
     and k.conrelid = any ($1::pg_catalog.regclass[]) and k.confrelid = any ($1::pg_catalog.regclass[])
   group by k.oid, k.conrelid, k.confrelid, k.condeferrable
   order by k.oid`;

/** Without columns: what the order of tables depends on. */
const REFERENCE_ORDER = `
  select pg_catalog.array_position($1::pg_catalog.oid[], k.conrelid) - 1 as "from",
         pg_catalog.array_position($1::pg_catalog.oid[], k.confrelid) - 1 as "to",
         k.condeferrable as "isDeferrable"
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0
     and k.conrelid = any ($1::pg_catalog.oid[]) and k.confrelid = any ($1::pg_catalog.oid[])
   order by k.oid`;

/** What answers with what {@link orderBy} takes. */
export function referenceOrderQuery(tables: readonly HomeTable[]): ScriptStatement {
  return { text: REFERENCE_ORDER, values: [tables.map(({ oid }) => oid)] };
}

/** The foreign keys between the tables, with those of a table to itself. */
export async function referencesOf(
  client: Client,
  tables: readonly HomeTable[],
): Promise<readonly Reference[]> {
  const { rows } = await client.query<Reference>(REFERENCES, [tables.map(nameOf)]);
  return rows.map((reference) => {
    const { from, to, fromColumns, toColumns, isDeferrable } = reference;
    const pairs = fromColumns
      .map((name, index) => [name, toColumns[index] as string] as const)
      .filter(
        ([one, other]) =>
          !(tables[from]?.hasTenant && tables[to]?.hasTenant && one === 'tenant_id' && other === 'tenant_id'),
      );
    return {
      from,
      to,
      fromColumns: pairs.map(([one]) => one),
      toColumns: pairs.map(([, other]) => other),
      isDeferrable,
    };
  });
}

/** The tables, those that others refer to first. In a circle the references count that are checked at once. */
export async function inOrder(client: Client, tables: readonly HomeTable[]): Promise<readonly HomeTable[]> {
  return orderBy(await referencesOf(client, tables), tables);
}

/** As {@link inOrder}, by the references that are known. */
export function orderBy(
  references: readonly Pick<Reference, 'from' | 'to' | 'isDeferrable'>[],
  tables: readonly HomeTable[],
): readonly HomeTable[] {
  const checkedAtOnce = references.filter(({ isDeferrable }) => !isDeferrable);
  const order = inGroups(tables.length, checkedAtOnce).flat();
  return inGroups(tables.length, references)
    .flatMap((group) => group.toSorted((one, other) => order.indexOf(one) - order.indexOf(other)))
    .map((index) => tables[index] as HomeTable);
}

/** Tables that are chosen, with those that they refer to, at any distance; by their indexes. */
export function withReferred(
  chosen: readonly number[],
  references: readonly Pick<Reference, 'from' | 'to'>[],
): ReadonlySet<number> {
  const found = new Set(chosen);
  // A set that grows while it is read hands out what was added.
  for (const table of found) for (const { from, to } of references) if (from === table) found.add(to);
  return found;
}

/**
 * The tables in groups: those that refer to each other in a circle are one group, and groups that others refer to come first
 * (Tarjan's strongly connected components).
 */
export function inGroups(
  count: number,
  references: readonly Pick<Reference, 'from' | 'to'>[],
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  const order = new Map<number, number>();
  const lowest = new Map<number, number>();
  const open: number[] = [];
  const visit = (table: number): number => {
    const at = order.size;
    order.set(table, at);
    lowest.set(table, at);
    open.push(table);
    for (const { from, to } of references) {
      if (from !== table) continue;
      if (!order.has(to)) lowest.set(table, Math.min(lowest.get(table) as number, visit(to)));
      else if (open.includes(to))
        lowest.set(table, Math.min(lowest.get(table) as number, order.get(to) as number));
    }
    if (lowest.get(table) === at) groups.push(open.splice(open.indexOf(table)));
    return lowest.get(table) as number;
  };
  for (let table = 0; table < count; table += 1) if (!order.has(table)) visit(table);
  return groups;
}
