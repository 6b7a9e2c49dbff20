import pg from 'pg';
import { type Client, type HomeTable, nameOf } from './tables.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** Not those of partitions, which come and go with their parent's. */
const foreignKeys = (which: string) => `
  select k.conrelid::pg_catalog.regclass::text as "table", k.conname::text as name,
         pg_catalog.pg_get_constraintdef(k.oid) as definition, pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0 and ${which}
   order by k.oid`;

const INTO = foreignKeys('k.confrelid = any ($1::pg_catalog.regclass[])');
const WITHIN = foreignKeys(
  'k.confrelid = any ($1::pg_catalog.regclass[]) and k.conrelid = any ($1::pg_catalog.regclass[])',
);

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  readonly comment: string | null;
}

/**
 * Takes foreign keys away: those into the tables, or of them only those `within`, from one to another. PostgreSQL locks both tables of
 * such a key for all others, so that keys to tables elsewhere stay: those may be everybody's.
 *
 * @returns what makes them again, and checks all rows, in the same transaction or a later one.
 */
export async function deferForeignKeys(
  client: Client,
  tables: readonly HomeTable[],
  which: 'into' | 'within',
): Promise<() => Promise<void>> {
  const { rows: keys } = await client.query<ForeignKey>(which === 'into' ? INTO : WITHIN, [
    tables.map(nameOf),
  ]);
  for (const { table, name } of keys)
    await client.query(`alter table ${table} drop constraint ${quote(name)}`);
  return async () => {
    for (const { table, name, definition, comment } of keys) {
      await client.query(`alter table ${table} add constraint ${quote(name)} ${definition}`);
      if (comment !== null)
        await client.query(`comment on constraint ${quote(name)} on ${table} is ${literal(comment)}`);
    }
  };
}
